import { type ComponentType, type LazyExoticComponent, lazy } from "react";

/** The side's further parts, in order. Each is a folder beside the builder with a panel of its own. */
export const EXTRAS = ["versions", "analytics", "replay"] as const;
export type Extra = (typeof EXTRAS)[number];

export const PANELS = ["edit", "try", ...EXTRAS] as const;
export type SidePanel = (typeof PANELS)[number];

const files = import.meta.glob<{ default: ComponentType }>("../{versions,analytics,replay}/panel.tsx");

/** A panel finds what it is about with useBuilder and useRead. */
export const extras = EXTRAS.flatMap((name): { name: Extra; Panel: LazyExoticComponent<ComponentType> }[] => {
  const load = files[`../${name}/panel.tsx`];
  return load ? [{ name, Panel: lazy(load) }] : [];
});
