import { drop, expect, test } from "./fixtures";

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
