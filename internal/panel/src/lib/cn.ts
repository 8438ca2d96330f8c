import { type ClassValue, clsx } from "clsx";
import { createTailwindMerge } from "tailwind-merge";

const any = [() => true];
const sizes = ["xs", "sm", "base", "lg", "xl", "2xl"];

// Only what our components let a caller override. The library's own list knows all of Tailwind
// and weighs 6 KB more on every page.
const merge = createTailwindMerge(() => ({
  cacheSize: 500,
  theme: {},
  classGroups: {
    display: ["block", "inline", "flex", "inline-flex", "grid", "hidden", "contents"],
    position: ["static", "fixed", "absolute", "relative", "sticky"],
    animate: [{ animate: any }],
    inset: [{ inset: any }],
    top: [{ top: any }],
    right: [{ right: any }],
    bottom: [{ bottom: any }],
    left: [{ left: any }],
    z: [{ z: any }],
    size: [{ size: any }],
    w: [{ w: any }],
    h: [{ h: any }],
    minW: [{ "min-w": any }],
    maxW: [{ "max-w": any }],
    minH: [{ "min-h": any }],
    maxH: [{ "max-h": any }],
    p: [{ p: any }],
    px: [{ px: any }],
    py: [{ py: any }],
    pt: [{ pt: any }],
    pr: [{ pr: any }],
    pb: [{ pb: any }],
    pl: [{ pl: any }],
    mt: [{ mt: any }],
    mx: [{ mx: any }],
    gap: [{ gap: any }],
    items: [{ items: any }],
    justify: [{ justify: any }],
    rounded: [{ rounded: ["none", "sm", "md", "lg", "full"] }],
    bg: [{ bg: any }],
    fontSize: [{ text: sizes }],
    textAlign: [{ text: ["left", "center", "right"] }],
    textColor: [{ text: any }],
    fontWeight: [{ font: ["normal", "medium", "semibold"] }],
  },
  conflictingClassGroups: {
    size: ["w", "h"],
    inset: ["top", "right", "bottom", "left"],
    p: ["px", "py", "pt", "pr", "pb", "pl"],
    px: ["pr", "pl"],
    py: ["pt", "pb"],
  },
  conflictingClassGroupModifiers: {},
  orderSensitiveModifiers: ["before", "after", "*", "**", "placeholder"],
}));

/** Joins class names; of two that set the same property, the later wins. */
export const cn = (...classes: ClassValue[]) => merge(clsx(classes));
