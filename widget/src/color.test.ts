import { describe, expect, it } from "vitest";
import { accent, contrast, parse, readable } from "./color";

const rgb = (css: string) => (css.match(/\d+/g) ?? []).map(Number);
// Every hue and lightness, and the greys, coarsely.
const colours = ["00", "33", "66", "99", "cc", "ff"].flatMap((r, _, all) =>
  all.flatMap((g) => all.map((b) => `#${r}${g}${b}`)),
);

describe("contrast", () => {
  it("follows WCAG", () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
    expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
  });

  it("reads hexadecimal colours only", () => {
    expect(parse("#fa0")).toEqual([255, 170, 0]);
    expect(parse("#FFAA00")).toEqual([255, 170, 0]);
    for (const bad of ["red", "#ff", "#12345", "rgb(0,0,0)", "#ffaa00;x", ""]) expect(parse(bad)).toBeUndefined();
  });
});

describe("what is written on the shop's colour", () => {
  it("can be read on every colour", () => {
    for (const colour of colours) {
      const [back, on] = accent(colour);
      expect(contrast(rgb(back), rgb(on)), colour).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("is the shop's own choice if that can be read", () => {
    expect(accent("#ffffff", "#1d4ed8")[1]).toBe("rgb(29,78,216)");
    expect(accent("#ffffff", "#eeeeee")[1]).toBe("rgb(0,0,0)");
    expect(accent("nonsense")[0]).toBe("rgb(79,70,229)");
  });
});

describe("the shop's colour as text", () => {
  it.each([
    [false, ["#ffffff", "#f4f4f7"]],
    [true, ["#17181c", "#24262c"]],
  ])("can be read on the surfaces of both themes, dark %s", (dark, surfaces) => {
    for (const colour of colours) {
      const text = rgb(readable(colour, dark));
      for (const surface of surfaces)
        expect(contrast(text, parse(surface) ?? []), `${colour} on ${surface}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("is left alone when it can be read as it is", () => expect(readable("#4f46e5", false)).toBe("rgb(79,70,229)"));
});
