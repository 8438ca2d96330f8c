/** Relative luminance by WCAG 2.2 of "#rrggbb". */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** White where it reaches 4.5:1 on the colour, black elsewhere; as the widget chooses. */
export function readableOn(colour: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return "#ffffff";
  return 1.05 / (luminance(colour) + 0.05) >= 4.5 ? "#ffffff" : "#000000";
}
