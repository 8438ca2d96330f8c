import { expect, test } from "./fixtures";

test("what is written without a connection survives a reload and leaves once, in order", async ({
  page,
  server,
  widget,
  allowed,
}) => {
  allowed.push(/ERR_INTERNET_DISCONNECTED|503|WebSocket|ERR_CONNECTION/);
  await widget.open();
  await widget.write("uno");
  await expect(widget.row("uno").getByRole("img")).toHaveAccessibleName("Entregado");

  await page.context().setOffline(true);
  server.hangUp();
  await expect(widget.panel).toContainText("No tienes conexión");
  await widget.write("dos");
  await widget.write("tres");
  await expect(widget.row("tres").getByRole("img")).toHaveAccessibleName("Enviando");

  server.failure = { status: 503 };
  await page.context().setOffline(false);
  await page.reload();
  await widget.launcher.click();
  await expect(widget.panel).toContainText("El chat no responde");
  await expect(widget.row("uno")).toHaveCount(1);
  await expect(widget.row("tres").getByRole("img")).toHaveAccessibleName("Enviando");

  server.failure = undefined;
  await expect(widget.row("tres").getByRole("img")).toHaveAccessibleName("Entregado", { timeout: 15_000 });
  await expect(widget.panel.locator(".notice")).toBeHidden();
  expect(server.visitor().messages.map((m) => m.content.text)).toEqual(["uno", "dos", "tres"]);
  await expect(widget.log.locator(".text")).toHaveText(["uno", "dos", "tres"]);
});

test("an answer that gets lost is asked for again and shown once", async ({ page, server, widget, allowed }) => {
  allowed.push(/ERR_FAILED|WebSocket/);
  await widget.open();
  // Without a socket there is no echo to tell that the message has arrived.
  server.deaf = true;
  server.hangUp();
  let lost = 0;
  await page.route("**/messages", async (route) => {
    const response = await route.fetch();
    if (lost++) await route.fulfill({ response });
    else await route.abort();
  });
  await widget.write("una vez");
  await expect.poll(() => server.posted.length).toBe(2);
  await expect(widget.row("una vez").getByRole("img")).toHaveAccessibleName("Entregado");
  await expect(widget.row("una vez")).toHaveCount(1);
  expect(server.visitor().messages).toHaveLength(1);
});

test("a lost socket comes back and misses nothing", async ({ page, server, widget, allowed }) => {
  allowed.push(/WebSocket/);
  await widget.open();
  server.deaf = true;
  server.hangUp();
  server.say("agent", { type: "text", text: "perdido uno" }, "Mateo");
  server.say("agent", { type: "text", text: "perdido dos" }, "Mateo");
  await expect(widget.panel).toContainText("Reconectando");
  server.deaf = false;
  await page.evaluate("dispatchEvent(new Event('online'))");
  await expect(widget.log.locator(".text")).toHaveText(["perdido uno", "perdido dos"]);
  await expect(widget.panel.locator(".notice")).toBeHidden();
});

test("each failure has its sentence", async ({ page, server, widget, allowed }) => {
  allowed.push(/status of (401|403|404|429|422)|WebSocket/);
  await widget.open();
  server.failure = { status: 429, body: { retry_after: 2 } };
  await widget.write("rápido");
  await expect(widget.panel.locator(".notice")).toHaveText(/muy rápido.*[12] s/);
  server.failure = undefined;
  await expect(widget.row("rápido").getByRole("img")).toHaveAccessibleName("Entregado");
  expect(server.posted).toHaveLength(1);

  server.failure = { status: 422, body: { code: "content.text_too_long", detail: "El texto es demasiado largo." } };
  await widget.write("rechazado");
  await expect(widget.row("rechazado")).toContainText("No se envió. El texto es demasiado largo.");
  await page.getByRole("button", { name: "Descartar" }).click();
  await expect(widget.row("rechazado")).toHaveCount(0);

  server.failure = { status: 403, body: { code: "webchat.origin" } };
  await page.reload();
  await widget.launcher.click();
  await expect(widget.panel).toContainText("Este chat no está habilitado en este sitio web.");
  await expect(widget.input).toBeDisabled();
});

test("a token the server forgot starts a new session and keeps the queue", async ({
  page,
  server,
  widget,
  allowed,
}) => {
  allowed.push(/status of 401/);
  await widget.open();
  await widget.write("antes");
  await expect(widget.row("antes").getByRole("img")).toHaveAccessibleName("Entregado");
  server.visitors = [];
  await widget.write("después");
  await expect(widget.row("después").getByRole("img")).toHaveAccessibleName("Entregado");
  await expect(widget.row("antes")).toHaveCount(0);
  expect(server.visitors).toHaveLength(1);
  await page.reload();
  await expect(widget.launcher).toBeVisible();
});

test("an expired address is fetched again", async ({ page, server, widget, allowed }) => {
  allowed.push(/status of 404/);
  await widget.open();
  await page.keyboard.press("Escape");
  server.expired = true;
  const media = { file: "x", name: "foto.png", width: 40, height: 40, url: `${server.origin}/media/x` };
  server
    .visitor()
    .messages.push({ id: "m", seq: 1, from: "agent", at: new Date().toISOString(), content: { type: "image", media } });
  server.expired = false;
  await page.reload();
  server.expired = true;
  await widget.launcher.click();
  await expect(widget.panel.locator("img[alt='foto.png']")).toHaveAttribute("src", /signed=new/);
});
