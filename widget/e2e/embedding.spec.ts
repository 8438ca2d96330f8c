import { accessible, drop, expect, test } from "./fixtures";

const STRICT =
  "default-src 'none'; script-src $CHAT; connect-src $CHAT; img-src $CHAT; media-src $CHAT; require-trusted-types-for 'script'; trusted-types 'none'";

test("works under a strict policy with trusted types", async ({ page, server, widget }) => {
  server.page = { csp: STRICT, data: { open: "" } };
  server.config = {
    prechat: [{ key: "name", label: "Nombre", type: "text", required: true }],
    custom_css: ".panel{letter-spacing:.01em}",
  };
  await page.goto(server.shop);
  await page.getByLabel("Nombre").fill("Ana");
  await page.getByRole("button", { name: "Iniciar chat" }).click();
  await widget.write("Hola https://tienda.example/a");
  await page.locator(".composer .icon").first().hover();
  await widget.panel.locator(".composer").evaluate(drop, { name: "foto.png", type: "image/png", size: 0 });
  await widget.input.press("Enter");
  await expect(widget.panel.locator("canvas")).toBeVisible();
  server.say(
    "agent",
    { type: "image", media: { file: "x", name: "a.png", width: 8, height: 8, url: `${server.origin}/media/x` } },
    "Mateo",
  );
  await expect(widget.panel.locator(".row img[alt='a.png']")).toBeVisible();
  await expect(page.locator("link, style, iframe")).toHaveCount(0);
  expect(await page.evaluate("document.cookie")).toBe("");
  expect(server.reports).toEqual([]);
});

test("an unknown site draws nothing and tells the developer", async ({ page, server, allowed }) => {
  allowed.push(/status of 404/);
  server.failure = { status: 404, body: { detail: "no such site" } };
  const warning = page.waitForEvent("console", (m) => m.type() === "warning");
  await page.goto(server.shop);
  expect((await warning).text()).toContain("Recado: no such site");
  await expect(page.locator("recado-chat")).toHaveCount(0);
});

test("identity: the page says who the visitor is, and signing out forgets her", async ({
  page,
  server,
  widget,
  allowed,
}) => {
  allowed.push(/status of 401/);
  server.page = { data: { identity: "ana" } };
  // Who is vouched for is not asked.
  server.config = { prechat: [{ key: "name", label: "Nombre", type: "text", required: true }] };
  await widget.open();
  await widget.write("soy Ana");
  await expect(widget.row("soy Ana").getByRole("img")).toHaveAccessibleName("Entregado");

  server.page = {};
  await page.reload();
  await widget.launcher.click();
  await page.getByLabel("Nombre").fill("Otra");
  await page.getByRole("button", { name: "Iniciar chat" }).click();
  await expect.poll(() => server.visitors.length).toBe(2);
  await expect(widget.row("soy Ana")).toHaveCount(0);

  await page.evaluate(() => window.Recado.identify("ana"));
  await expect(widget.row("soy Ana")).toHaveCount(1);
  await page.evaluate(() => window.Recado.identify());
  await expect(widget.row("soy Ana")).toHaveCount(0);
  await page.evaluate(() => window.Recado.identify("expired"));
  await expect(widget.panel).toContainText("No pudimos confirmar tu cuenta.");
});

test("a message invites the visitor who has been on a page for a while", async ({ page, server, widget }) => {
  server.config = { proactive: { after_seconds: 20, url_contains: "velas", text: "¿Te ayudo a elegir una vela?" } };
  await page.clock.install();
  await widget.visit();
  await page.waitForLoadState("networkidle");
  await page.clock.runFor(60_000);
  await expect(page.locator(".teaser")).toBeHidden();
  await page.evaluate(() => history.pushState({}, "", "/velas"));
  await page.clock.runFor(10_000);
  await expect(page.locator(".teaser")).toBeHidden();
  await page.clock.runFor(11_000);
  await expect(page.locator(".teaser")).toBeVisible();
  await expect(page.locator(".count")).toHaveText("1");
  await accessible(page);
  await page.getByRole("button", { name: "¿Te ayudo a elegir una vela?" }).click();
  await expect(widget.panel).toContainText("¿Te ayudo a elegir una vela?");
  await expect(page.locator(".teaser")).toBeHidden();
  await page.reload();
  await expect(widget.launcher).toBeVisible();
  await page.waitForLoadState("networkidle");
  await page.clock.runFor(60_000);
  await expect(page.locator(".teaser")).toBeHidden();
});

test("the page drives it, also before it has loaded, and destroy leaves nothing", async ({ page, server, widget }) => {
  server.page = {
    before:
      "window.Recado = [['open'], ['send', 'desde la página']]; window.opened = 0; window.Recado.push(['on', 'message', (m) => (window.last = m.content.text)])",
  };
  await page.goto(server.shop);
  await expect(widget.row("desde la página").getByRole("img")).toHaveAccessibleName("Entregado");
  server.say("bot", { type: "text", text: "recibido" });
  await expect.poll(() => page.evaluate("window.last")).toBe("recibido");
  await page.evaluate(() => window.Recado.toggle());
  await expect(widget.panel).toBeHidden();
  await page.evaluate(() => window.Recado.destroy());
  await expect(page.locator("recado-chat")).toHaveCount(0);
  expect(await page.evaluate("window.Recado")).toBeUndefined();
  await expect.poll(() => server.visitor().sockets.size).toBe(0);
  expect(await page.evaluate("document.documentElement.getAttribute('style') || ''")).toBe("");
});

test("a page opened before an update finds the new build", async ({ page, server, widget, allowed }) => {
  allowed.push(/status of 404/);
  await page.route("**/chat-*.js", (route) =>
    page.url().includes("again")
      ? route.continue()
      : route.fulfill({ status: 404, headers: { "Access-Control-Allow-Origin": "*" } }),
  );
  await page.route("**/widget.js?*", async (route) => {
    await page.evaluate(() => history.replaceState({}, "", "/again"));
    await route.continue();
  });
  await widget.visit();
  await widget.launcher.click();
  await expect(widget.panel).toBeVisible();
  await expect(page.locator("recado-chat")).toHaveCount(1);
  await widget.write("sigo aquí");
  await expect(widget.row("sigo aquí").getByRole("img")).toHaveAccessibleName("Entregado");
  expect(server.visitors).toHaveLength(1);
});

declare global {
  interface Window {
    Recado: import("../src/main").Recado;
  }
}
