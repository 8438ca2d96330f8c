import { accessible, expect, test } from "./fixtures";

test("on a phone it fills the screen and keeps the focus", async ({ page, widget }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await widget.open();
  await expect(widget.input).toBeFocused();
  expect(await widget.panel.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 844 });
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.id")).not.toBe("buy");
  }
  expect(await page.evaluate("getComputedStyle(document.documentElement).overflow")).toBe("hidden");
  await widget.input.focus();
  await page.setViewportSize({ width: 844, height: 390 });
  await expect(widget.panel).toBeVisible();
  await expect.poll(() => page.evaluate("getComputedStyle(document.documentElement).overflow")).toBe("visible");
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(() => page.evaluate("getComputedStyle(document.documentElement).overflow")).toBe("hidden");
  await expect(widget.input).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(widget.panel).toBeHidden();
  await expect(widget.launcher).toBeFocused();
});

for (const [device, viewport] of Object.entries({
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
})) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const lang of ["es", "en", "ar"]) {
      test(`accessible on ${device}, ${colorScheme}, ${lang}`, async ({ page, server, widget }) => {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        server.page = { data: { lang }, lang };
        server.config = { rtl: lang === "ar", color: "#f2b705", quick_replies: [{ id: "1", label: "Ver horarios" }] };
        await widget.open();
        await accessible(page);
        await widget.write("Hola https://tienda.example");
        server.say("agent", { type: "buttons", text: "¿Algo más?", buttons: [{ id: "si", label: "Sí" }] }, "Mateo");
        server.say(
          "agent",
          {
            type: "products",
            products: [
              { id: "p", title: "Vela", price: 100, currency: "COP", text: "Suave", url: "https://t.example" },
            ],
          },
          "Mateo",
        );
        server.say(
          "agent",
          { type: "document", media: { file: "f", name: "a.pdf", size: 10, url: `${server.origin}/media/a` } },
          "Mateo",
        );
        server.say(
          "agent",
          { type: "contact", contact: { name: "Sede norte", phones: ["+57 1 234"], emails: ["a@b.co"] } },
          "Mateo",
        );
        await expect(widget.row("Sede norte")).toBeVisible();
        await page.getByRole("button", { name: "Sí" }).click();
        await expect(widget.row("Sí").last().getByRole("img")).toBeVisible();
        await accessible(page);
        const { direction } = await widget.panel.evaluate((e) => getComputedStyle(e));
        expect(direction).toBe(lang === "ar" ? "rtl" : "ltr");
        const overflowing = await widget.panel.evaluate((e) => e.scrollWidth > e.clientWidth);
        expect(overflowing).toBe(false);
      });
    }
  }
}
