import { accessible, drop, expect, test } from "./fixtures";

const STRICT =
  "default-src 'none'; script-src $CHAT; connect-src $CHAT; img-src $CHAT; media-src $CHAT; require-trusted-types-for 'script'; trusted-types 'none'";

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

test("buttons, lists and cards answer from the keyboard, once", async ({ page, server, widget }) => {
  await widget.open();
  const menu = server.say("bot", {
    type: "buttons",
    text: "¿Algo más?",
    buttons: [
      { id: "si", label: "Sí" },
      { id: "no", label: "No" },
    ],
  });
  await page.getByRole("button", { name: "Sí" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "No" })).toHaveAttribute("aria-disabled", "true");
  await page.getByRole("button", { name: "No" }).click({ force: true });
  expect(server.visitor().messages.at(-1)?.content).toEqual({
    type: "answer",
    answer: { id: "si", label: "Sí", to: menu.id },
  });

  server.say("bot", {
    type: "list",
    text: "Elige",
    list: {
      open: "Ciudades",
      sections: [{ title: "Andina", rows: [{ id: "bog", title: "Bogotá", description: "Mañana" }] }],
    },
  });
  const opener = page.getByRole("button", { name: "Ciudades" });
  await opener.press("Enter");
  await expect(opener).toHaveAttribute("aria-expanded", "true");
  await page.getByRole("button", { name: /Bogotá/ }).press("Enter");
  await expect(widget.row("Bogotá").last()).toHaveClass(/contact/);

  const products = ["Lavanda", "Canela", "Vainilla"].map((title, i) => ({
    id: `p${i}`,
    title,
    price: 4590000,
    currency: "COP",
    image: `${server.origin}/media/${title}.svg`,
    url: "javascript:alert(1)",
    buttons: [{ id: `add${i}`, label: `Agregar ${title}` }],
  }));
  server.say("bot", { type: "products", products });
  const cards = page.getByRole("list", { name: "Productos" });
  await cards.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => cards.evaluate((e) => e.scrollLeft)).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Siguiente" }).click();
  await expect(cards).toContainText("45.900");
  await expect(cards.locator("a[href]")).toHaveCount(0);
  await page.getByRole("button", { name: "Agregar Canela" }).press("Enter");
  await expect.poll(() => server.visitor().messages.at(-1)?.content.answer?.id).toBe("add1");
  await page.reload();
  await widget.launcher.click();
  await expect(page.getByRole("button", { name: "No", exact: true })).toHaveAttribute("aria-disabled", "true");
});

test("files: limits, progress, cancel, drop, caption, retry", async ({ page, server, widget, allowed }) => {
  allowed.push(/status of 4|ERR_FAILED/);
  await widget.open();
  const composer = widget.panel.locator(".composer");
  await composer.evaluate(drop, { name: "enorme.png", type: "image/png", size: 600_000 });
  await expect(composer.getByRole("alert")).toContainText("«enorme.png» supera el límite de 488 KB.");
  await composer.evaluate(drop, { name: "virus.exe", type: "application/x-msdownload", size: 10 });
  await expect(composer.getByRole("alert")).toContainText("no se puede enviar aquí");

  await composer.evaluate(drop, { name: "plano.pdf", type: "application/pdf", size: 2000 });
  await composer.evaluate(drop, { name: "foto.png", type: "image/png", size: 0 });
  await page.getByRole("button", { name: "Quitar plano.pdf" }).click();
  await widget.write("mira esto");
  await expect(widget.row("mira esto").getByRole("img").last()).toHaveAccessibleName("Entregado");
  const { content } = server.visitor().messages.at(-1) ?? {};
  expect(content).toMatchObject({ type: "image", text: "mira esto", media: { name: "foto.png", mime: "image/png" } });

  // Slow enough to be stopped half way.
  server.stuck = true;
  await composer.evaluate(drop, { name: "lento.pdf", type: "application/pdf", size: 400_000 });
  await widget.input.press("Enter");
  await expect(page.getByRole("progressbar", { name: "Subiendo lento.pdf" })).toBeVisible();
  await page.getByRole("button", { name: "Cancelar" }).click();
  await expect(widget.row("lento.pdf")).toHaveCount(0);
  server.stuck = false;

  await page.route("**/files", (route) =>
    route.fulfill({
      status: 415,
      json: { code: "file.type", detail: "Ese archivo no se admite." },
      headers: { "Access-Control-Allow-Origin": "*" },
    }),
  );
  await composer.evaluate(drop, { name: "raro.pdf", type: "application/pdf", size: 400 });
  await widget.input.press("Enter");
  await expect(widget.row("raro.pdf")).toContainText("No se envió. Ese archivo no se admite.");
  await page.unroute("**/files");
  await page.getByRole("button", { name: "Reintentar" }).click();
  await expect(widget.row("raro.pdf").getByRole("img").last()).toHaveAccessibleName("Entregado");
});

test("a file that had not left before a reload can be chosen again", async ({ page, server, widget, allowed }) => {
  allowed.push(/503|WebSocket/);
  await widget.open();
  server.failure = { status: 503 };
  await widget.panel.locator(".composer").evaluate(drop, { name: "plano.pdf", type: "application/pdf", size: 2000 });
  await widget.input.press("Enter");
  await expect(widget.row("plano.pdf")).toBeVisible();
  server.failure = undefined;
  await page.reload();
  await widget.launcher.click();
  await expect(widget.row("plano.pdf")).toContainText("La página se cerró antes de enviar el archivo.");
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Elegir el archivo de nuevo" }).click();
  await (await chooser).setFiles({ name: "plano.pdf", mimeType: "application/pdf", buffer: Buffer.from("plano") });
  await expect(widget.row("plano.pdf").getByRole("img").last()).toHaveAccessibleName("Entregado");
  expect(server.visitor().messages).toHaveLength(1);
});

test("a form comes before the chat when the shop asks", async ({ page, server, widget }) => {
  server.config = {
    prechat: [
      { key: "name", label: "Nombre", type: "text", required: true },
      { key: "email", label: "Correo", type: "email", required: true },
      { key: "phone", label: "Teléfono", type: "tel" },
      { key: "topic", label: "Tema", type: "select", options: ["Pedido", "Otro"] },
      { key: "news", label: "Quiero novedades", type: "checkbox" },
    ],
    consent_text: "Al continuar aceptas nuestra política: https://tienda.example/privacidad",
  };
  await widget.visit();
  await widget.launcher.click();
  await expect(page.getByLabel("Nombre")).toBeFocused();
  await expect(widget.input).toBeHidden();
  await page.getByLabel("Correo").fill("ana@");
  await page.getByLabel("Teléfono").fill("12");
  await page.getByRole("button", { name: "Iniciar chat" }).click();
  await expect(page.getByLabel("Nombre")).toBeFocused();
  await expect(page.getByLabel("Nombre")).toHaveAccessibleDescription("Completa este campo.");
  await expect(page.getByLabel("Correo")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Tema")).not.toHaveAttribute("aria-invalid");
  await expect(page.getByLabel("Teléfono")).toHaveAccessibleDescription("Escribe un teléfono de al menos 7 dígitos.");
  await accessible(page);
  expect(server.sessions).toHaveLength(0);

  await page.getByLabel("Nombre").fill("Ana");
  await page.getByLabel("Correo").fill("ana@casa.co");
  await page.getByLabel("Teléfono").fill("+57 300 123 4567");
  await page.getByLabel("Tema").selectOption("Pedido");
  await page.getByLabel("Quiero novedades").check();
  await page.getByRole("button", { name: "Iniciar chat" }).click();
  await expect(widget.input).toBeFocused();
  expect(server.sessions[0]?.prechat).toEqual({
    name: "Ana",
    email: "ana@casa.co",
    phone: "+57 300 123 4567",
    topic: "Pedido",
    news: "true",
  });
  await page.reload();
  await widget.launcher.click();
  await expect(widget.input).toBeFocused();
});

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();

test("outside hours without a bot the visitor leaves a message and an address", async ({ page, server, widget }) => {
  server.config = { open: false, bot: false, away_text: "Ahora descansamos.", opens_at: tomorrow() };
  await widget.visit();
  await widget.launcher.click();
  await expect(widget.panel).toContainText(/Ahora descansamos. Volvemos: \S+, \d+:\d\d/);
  await expect(widget.panel.locator("header")).not.toContainText("Respondemos en unos minutos");
  await expect(widget.input).toBeHidden();
  await page.getByLabel("Correo electrónico").fill("ana@casa.co");
  await page.getByLabel("Mensaje", { exact: true }).fill("¿Tienen velas?");
  await accessible(page);
  await page.getByRole("button", { name: "Enviar mensaje" }).click();
  await expect(widget.panel).toContainText("Te responderemos a ana@casa.co.");
  await expect(widget.row("¿Tienen velas?").getByRole("img")).toHaveAccessibleName("Entregado");
  expect(server.sessions[0]?.prechat).toEqual({ email: "ana@casa.co" });
  await page.reload();
  await widget.launcher.click();
  await expect(widget.row("¿Tienen velas?")).toBeVisible();
  await expect(page.getByLabel("Correo electrónico")).toHaveCount(0);
});

test("outside hours a bot answers at once, and who waits for a person may leave an address", async ({
  page,
  server,
  widget,
}) => {
  server.config = {
    open: false,
    bot: true,
    away_text: "Ahora descansamos.",
    opens_at: tomorrow(),
    quick_replies: [{ id: "h", label: "Ver horarios" }],
  };
  await widget.open();
  await expect(widget.panel).toContainText("Ahora descansamos. Volvemos:");
  await expect(widget.panel.locator("header")).toContainText("Respondemos en unos minutos");
  await page.getByRole("button", { name: "Ver horarios" }).click();
  await expect(widget.row("Ver horarios").getByRole("img")).toHaveAccessibleName("Entregado");
  await expect(page.getByLabel("Correo electrónico")).toHaveCount(0);

  const card = widget.panel.getByText("Déjanos tu correo y te respondemos cuando volvamos.");
  server.attention({ state: "waiting" });
  await expect(card).toBeInViewport();
  await expect(page.getByRole("button", { name: "Mensajes nuevos" })).toBeHidden();
  await expect(widget.input).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Ahora no" }).click();
  await expect(card).toBeHidden();
  await expect(widget.input).toBeFocused();
  await page.reload();
  await widget.launcher.click();
  await expect(widget.row("Ver horarios")).toBeVisible();
  await expect(card).toBeHidden();

  // Another time she waits, she may be asked again.
  await expect.poll(() => server.visitor().sockets.size).toBe(1);
  server.attention({ state: "bot" });
  server.attention({ state: "waiting" });
  await page.getByLabel("Correo electrónico").fill("ana@casa");
  await page.getByRole("button", { name: "Guardar correo" }).click();
  await expect(page.getByLabel("Correo electrónico")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Correo electrónico").fill("ana@casa.co");
  await page.getByRole("button", { name: "Guardar correo" }).click();
  await expect(widget.panel).toContainText("Gracias. Te responderemos a ana@casa.co.");
  await expect(card).toBeHidden();
  expect(server.sessions.at(-1)).toMatchObject({ token: server.visitor().token, prechat: { email: "ana@casa.co" } });
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

test("the limit of a text is in characters, whatever they weigh", async ({ server, widget }) => {
  server.config = { limits: { text: 4, file_bytes: 1, file_types: [] } };
  await widget.open();
  await widget.write("😀😀😀😀😀");
  await expect(widget.panel.getByRole("alert")).toHaveText("El mensaje es demasiado largo: 5 de 4 caracteres.");
  await widget.write("😀😀😀😀");
  await expect(widget.row("😀😀😀😀").getByRole("img")).toHaveAccessibleName("Entregado");
  expect(server.posted).toHaveLength(1);
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
