import type { ComponentProps, ElementType } from "react";

type Props = ComponentProps<"div"> & {
  as?: ElementType;
  allowPinchZoom?: boolean;
  shards?: unknown;
  enabled?: boolean;
};

/**
 * Stands in for the react-remove-scroll package that Radix brings (see vite.config.ts). The panel's
 * page never scrolls, its main area does, and an overlay covers that: there is nothing to lock. The
 * package would also add a style element, which the CSP refuses.
 */
export function RemoveScroll({ as: As = "div", allowPinchZoom: _, shards: __, enabled: ___, ...rest }: Props) {
  return <As {...rest} />;
}
