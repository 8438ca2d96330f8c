// Contrast by WCAG 2.2: (lighter + 0.05) / (darker + 0.05) of the relative luminances.

type Rgb = number[];

const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];
const DEFAULT = [79, 70, 229];
const AA = 4.5;

/** Reads #rgb and #rrggbb; anything else is undefined. */
export function parse(color = ""): Rgb | undefined {
  const hex = color.replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
  if (!/^#[\da-f]{6}$/i.test(hex)) return undefined;
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}

function luminance(rgb: Rgb): number {
  const weights = [0.2126, 0.7152, 0.0722];
  return rgb.reduce((sum, c, i) => {
    const s = c / 255;
    return sum + (weights[i] ?? 0) * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4);
  }, 0);
}

export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a) + 0.05, luminance(b) + 0.05];
  return Math.max(x / y, y / x);
}

const css = (rgb: Rgb) => `rgb(${rgb})`;

/**
 * The shop's colour and what can be read on it: the shop's text colour if it reaches
 * 4.5:1, else white, else black (one of the two always does).
 */
export function accent(color?: string, text?: string): [color: string, on: string] {
  const base = parse(color) ?? DEFAULT;
  return [css(base), css([parse(text), WHITE].find((c) => c && contrast(c, base) >= AA) ?? BLACK)];
}

/** The shop's colour as text on white or on a dark surface, mixed only as far as 4.5:1 needs. */
export function readable(color: string | undefined, dark: boolean, surface = dark ? "#24262c" : "#f4f4f7"): string {
  const base = parse(color) ?? DEFAULT;
  const [back, goal] = [parse(surface) ?? WHITE, dark ? WHITE : BLACK];
  let mixed = base;
  for (let share = 0; contrast(mixed, back) < AA; share += 0.05) {
    mixed = base.map((c, i) => Math.round(c + ((goal[i] ?? 0) - c) * share));
  }
  return css(mixed);
}
