const browsers: [string, RegExp][] = [
  ["Edge", /Edg(?:e|A|iOS)?\//],
  ["Opera", /OPR\//],
  ["Samsung Internet", /SamsungBrowser\//],
  ["Firefox", /Firefox\/|FxiOS\//],
  ["Chrome", /Chrome\/|CriOS\//],
  ["Safari", /Safari\//],
];
const systems: [string, RegExp][] = [
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Android", /Android/],
  ["Windows", /Windows/],
  ["macOS", /Mac OS X/],
  ["ChromeOS", /CrOS/],
  ["Linux", /Linux/],
];

/** A user agent in two names people know; the order matters, as most claim to be several. */
export function browserOf(agent: string): { browser?: string; system?: string; phone: boolean } {
  const first = (list: [string, RegExp][]) => list.find(([, pattern]) => pattern.test(agent))?.[0];
  return { browser: first(browsers), system: first(systems), phone: /Mobile|iPhone|Android/.test(agent) };
}
