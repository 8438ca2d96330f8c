import { expect, test } from "./fixtures";

test("a visitor opens the chat, writes and sees how far the message has come", async ({ page, server, widget }) => {
  server.config = { quick_replies: [{ id: "h", label: "Ver horarios" }] };
  await widget.visit();
  await expect(widget.launcher).toHaveAccessibleName("Abrir el chat");
  await widget.open();
  await expect(widget.input).toBeFocused();
  await expect(widget.panel).toContainText("Hola, ¿en qué te ayudamos?");

  await page.getByRole("button", { name: "Ver horarios" }).click();
  await expect(widget.row("Ver horarios").getByRole("img")).toHaveAccessibleName("Entregado");
  await expect(page.getByRole("button", { name: "Ver horarios" })).toHaveCount(0);

  await widget.write("Hola\nsoy <b>Ana</b>");
  const row = widget.row("soy <b>Ana</b>");
  await expect(row.getByRole("img")).toHaveAccessibleName("Entregado");
  server.tell({ t: "read", seq: 2 });
  await expect(row.getByRole("img")).toHaveAccessibleName("Leído");
  const echo = server.visitor().messages[1];
  server.tell({ t: "message", m: { ...echo, state: "delivered" } });
  server.say("bot", { type: "text", text: "Hola Ana" });
  await expect(widget.row("Hola Ana")).toBeVisible();
  await expect(row.getByRole("img")).toHaveAccessibleName("Leído");
  await expect.poll(() => server.visitor().seen).toBe(3);
  await expect.poll(() => server.frames.some((f) => f.t === "got" && f.seq === 3)).toBe(true);
  expect(server.frames.filter((f) => f.t === "typing")).toHaveLength(1);
});

test("Escape closes and the focus returns to the launcher", async ({ page, server, widget }) => {
  server.page = { before: "document.addEventListener('keydown', (e) => (window.keys = (window.keys ?? '') + e.key))" };
  await widget.open();
  await widget.input.pressSequentially("abc");
  await page.keyboard.press("Escape");
  await expect(widget.panel).toBeHidden();
  await expect(widget.launcher).toBeFocused();
  expect(await page.evaluate("window.keys")).toBeUndefined();
  await page.keyboard.press("Enter");
  await expect(widget.input).toHaveValue("abc");
});

test("two tabs show one conversation", async ({ page, server, widget }) => {
  await widget.open();
  await widget.write("desde la primera");
  const other = await page.context().newPage();
  await other.goto(server.shop);
  await other.locator(".launch").click();
  await expect(other.getByRole("log")).toContainText("desde la primera");
  await widget.write("otra vez la primera");
  await expect(other.getByRole("log")).toContainText("otra vez la primera");
  await other.locator("textarea").fill("desde la segunda");
  await other.locator("textarea").press("Enter");
  await expect(widget.log.locator(".text")).toHaveText(["desde la primera", "otra vez la primera", "desde la segunda"]);
  await expect(other.getByRole("log").locator(".text")).toHaveText([
    "desde la primera",
    "otra vez la primera",
    "desde la segunda",
  ]);
  expect(server.visitors).toHaveLength(1);
});

test("older messages come when scrolling up, and the place is kept", async ({ page, server, widget }) => {
  await widget.open();
  for (let i = 1; i <= 130; i++) server.say("bot", { type: "text", text: `mensaje ${i}.` });
  await page.reload();
  await widget.launcher.click();
  const rows = widget.log.locator(".row");
  await expect(rows).toHaveCount(50);
  await expect(widget.row("mensaje 130.")).toBeInViewport();
  await expect(widget.panel).not.toContainText("Hola, ¿en qué");
  await widget.panel.getByRole("region").evaluate((e) => e.scrollTo(0, 0));
  await expect(rows).toHaveCount(100);
  await expect(widget.row("mensaje 81.")).toBeInViewport();
  await widget.panel.getByRole("region").evaluate((e) => e.scrollTo(0, 0));
  await expect(rows).toHaveCount(130);
  await expect(rows.first()).toContainText("mensaje 1.");
  await expect(widget.panel).toContainText("Hola, ¿en qué");
  server.say("bot", { type: "text", text: "abajo" });
  await page.getByRole("button", { name: "Mensajes nuevos" }).click();
  await expect(widget.row("abajo")).toBeInViewport();
});

test("what arrives while closed is counted, and read on opening", async ({ page, server, widget }) => {
  await widget.open();
  await page.keyboard.press("Escape");
  await page.evaluate(() => window.Recado.on("unread", (n) => Object.assign(window, { unread: n })));
  server.say("agent", { type: "text", text: "¿sigues ahí?" }, "Mateo");
  server.say("agent", { type: "text", text: "te espero" }, "Mateo");
  await expect(widget.launcher).toHaveAccessibleName("Abrir el chat. Mensajes sin leer: 2");
  await expect(page.locator(".count")).toHaveText("2");
  expect(await page.evaluate("window.unread")).toBe(2);
  await page.reload();
  await expect(page.locator(".count")).toHaveText("2");
  await widget.launcher.click();
  await expect(page.locator(".count")).toBeHidden();
  await expect.poll(() => server.visitor().seen).toBe(2);
});

test("a person joins, types, and the conversation ends", async ({ server, widget }) => {
  await widget.open();
  server.attention({ state: "waiting" });
  await expect(widget.panel.getByRole("banner").or(widget.panel.locator("header"))).toContainText(
    "Buscamos quién te atienda",
  );
  server.attention({ state: "human", agent: { name: "Mateo" } });
  await expect(widget.panel).toContainText("Mateo se unió a la conversación");
  server.tell({ t: "typing", who: "agent", name: "Mateo", on: true });
  await expect(widget.panel.locator(".typing")).toHaveText("Mateo está escribiendo…");
  server.say("agent", { type: "text", text: "listo" }, "Mateo");
  await expect(widget.panel.locator(".typing")).toHaveText("");
  server.attention({ state: "closed" });
  await expect(widget.panel).toContainText("La conversación terminó");
  await widget.write("una cosa más");
  await expect(widget.row("una cosa más").getByRole("img")).toHaveAccessibleName("Entregado");
  await expect(widget.panel.locator(".event", { hasText: "se unió" })).toHaveCount(1);
});

test("the limit of a text is in characters, whatever they weigh", async ({ server, widget }) => {
  server.config = { limits: { text: 4, file_bytes: 1, file_types: [] } };
  await widget.open();
  await widget.write("😀😀😀😀😀");
  await expect(widget.panel.getByRole("alert")).toHaveText("El mensaje es demasiado largo: 5 de 4 caracteres.");
  await widget.write("😀😀😀😀");
  await expect(widget.row("😀😀😀😀").getByRole("img")).toHaveAccessibleName("Entregado");
  expect(server.posted).toHaveLength(1);
});
