import { useEffect } from "react";

/**
 * Stands in for the react-style-singleton package (see vite.config.ts): the same styles, put in
 * an adopted sheet, because a style element would need 'unsafe-inline' in the panel's CSP.
 */
export function styleSingleton() {
  let users = 0;
  let sheet: CSSStyleSheet | undefined;
  return function Sheet({ styles, dynamic }: { styles: string; dynamic?: boolean }) {
    // biome-ignore lint/correctness/useExhaustiveDependencies: the package's contract: only dynamic styles are applied again
    useEffect(() => {
      if (users++ === 0) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        document.adoptedStyleSheets.push(sheet);
      }
      return () => {
        if (--users > 0) return;
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== sheet);
      };
    }, [dynamic && styles]);
    return null;
  };
}
