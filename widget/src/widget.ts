// The script a shop puts on its pages. It stays tiny and short-lived in caches, because it
// only knows the name of the current build; everything else is cached for good.

/** Name of the built main chunk; written by the build. */
declare const MAIN: string;

const script = (document.currentScript ??
  document.querySelector("script[data-site][src*='/widget/widget.js']")) as HTMLScriptElement | null;
if (script) {
  const base = `${new URL(script.src).origin}/widget/`;
  // A page opened before an update asks for chunks that no longer exist. Once, the script
  // is fetched again past every cache; it knows the new names.
  const again = () => {
    if (script.dataset.again) return;
    script.dataset.again = "1";
    import(/* @vite-ignore */ `${base}widget.js?${Date.now()}`);
  };
  import(/* @vite-ignore */ base + MAIN).then((main) => main.boot(script, again), again);
}
