import { accessible, expect, test } from "./fixtures";

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
