import { expectGoodLooks } from "./checks";
import { call, found, visit } from "./company";
import { expect, test } from "./fixtures";
import { Inbox } from "./inbox";
import { people } from "./people";

const FAQ = { question: "¿A qué hora abren?", answer: "A las 7:00." };
const NOTHING_THERE = /404 .*\/model-keys\/openai$/; // how a company learns that it has no key yet
const UNFIT = /422 .*\/flow-globals$/; // and the server's, to a list that cannot be
const REFUSED = /409 .*\/model-keys\/openai\/check$/; // how the provider's no arrives

test("values and secrets that flows share", async ({ open, t, expected }) => {
  expected.push(UNFIT);
  const page = await open();
  await found(page, FAQ);
  await page.goto("/settings/globals");
  const region = (name: "values" | "secrets") =>
    page.locator("section").filter({ has: page.getByRole("heading", { name: t(`settings:globals.${name}`) }) });
  const values = region("values");
  const secrets = region("secrets");
  const save = page.getByRole("button", { name: t("save"), exact: true });

  await test.step("are added, with words for what is wrong", async () => {
    await values.getByRole("button", { name: t("settings:globals.addValue") }).click();
    await values.getByLabel(t("settings:globals.name"), { exact: true }).fill("Envío gratis");
    await values.getByLabel(t("settings:globals.type")).selectOption("number");
    await secrets.getByRole("button", { name: t("settings:globals.addSecret") }).click();
    await secrets.getByLabel(t("settings:globals.name"), { exact: true }).fill("pedidos");
    await save.click();
    await expect(values.getByText(t("settings:globals.nameRule"))).toBeVisible();
    await expect(secrets.getByText(t("settings:form.required"))).toBeVisible();

    await values.getByLabel(t("settings:globals.name"), { exact: true }).fill("envio_gratis");
    await values.getByLabel(t("settings:globals.value")).fill("49.5");
    await expect(values.getByText("{{global.envio_gratis}}")).toBeVisible();
    await secrets.getByLabel(t("settings:globals.value")).fill("clave-del-almacen");
    await expectGoodLooks(page, "globals");
    await save.click();
    await expect(page.getByText(t("saved"))).toBeVisible();
    await expect(page.getByText(t("unsaved"))).toHaveCount(0);
  });

  await test.step("are there afterwards, but the secret's value is not", async () => {
    await page.reload();
    await expect(values.getByLabel(t("settings:globals.value"))).toHaveValue("49.5");
    await expect(secrets.getByLabel(t("settings:globals.value"))).toHaveValue("");
    expect((await call(page.context().request, "GET", "flow-globals")).items).toEqual([
      { name: "envio_gratis", type: "number", value: 49.5, secret: false },
      { name: "pedidos", type: "text", secret: true },
    ]);
  });

  await test.step("say where the server finds a name twice", async () => {
    await secrets.getByRole("button", { name: t("settings:globals.addSecret") }).click();
    await secrets.getByLabel(t("settings:globals.name"), { exact: true }).last().fill("envio_gratis");
    await secrets.getByLabel(t("settings:globals.value")).last().fill("x");
    await save.click();
    await expect(secrets.getByRole("alert")).toContainText("envio_gratis");
    await page.getByRole("button", { name: t("discard") }).click();
    await expect(secrets.getByRole("listitem")).toHaveCount(1);
  });

  await test.step("are taken away", async () => {
    await values.getByRole("button", { name: t("settings:globals.remove", { name: "envio_gratis" }) }).click();
    await save.click();
    await expect(values.getByText(t("settings:globals.noValues.title"))).toBeVisible();
    await expect(page.getByText(t("unsaved"))).toHaveCount(0);
    expect((await call(page.context().request, "GET", "flow-globals")).items).toHaveLength(1);
  });
});

test("a model's key is kept, checked and deleted", async ({ open, t, expected }) => {
  expected.push(NOTHING_THERE, REFUSED);
  const page = await open();
  await found(page, FAQ);
  await page.goto("/settings/models");
  await expect(page.getByText(t("settings:models.empty.title"))).toBeVisible();
  await expectGoodLooks(page, "models-empty");

  await test.step("write it", async () => {
    await page.getByRole("button", { name: t("settings:models.add") }).click();
    const form = page.getByRole("dialog", { name: t("settings:models.add") });
    await form.getByLabel(t("settings:models.url")).fill("https://127.0.0.1:9/v1"); // an inside address is not reached
    await form.getByLabel(t("settings:models.model")).fill("gpt-5-mini");
    await form.getByRole("button", { name: t("save") }).click();
    await expect(form.getByText(t("settings:form.required"))).toBeVisible();
    await form.getByLabel(t("settings:models.key")).fill("sk-una-clave-7890");
    await form.getByLabel(t("settings:models.budget")).fill("1.5");
    await form.getByRole("button", { name: t("save") }).click();
    await expect(form.getByRole("alert")).toHaveText(/1\.000\.000\.000/);
    await form.getByLabel(t("settings:models.budget")).fill("50000");
    await expectGoodLooks(page, "model-form");
    await form.getByRole("button", { name: t("save") }).click();
    await expect(form).toBeHidden();
    await expect(page.getByText("•••• 7890")).toBeVisible();
  });

  await test.step("check it, and read the server's words", async () => {
    await page.getByRole("button", { name: t("settings:models.check") }).click();
    await expect(page.getByText("El servicio no responde.")).toBeVisible();
    await expectGoodLooks(page, "model-refused");
  });

  await test.step("another address wants the key again", async () => {
    await page.getByRole("button", { name: t("edit"), exact: true }).click();
    const form = page.getByRole("dialog", { name: t("settings:models.edit") });
    await form.getByLabel(t("settings:models.url")).fill("https://modelos.example/v1");
    await form.getByRole("button", { name: t("save") }).click();
    await expect(form.getByText(t("settings:models.keyAgain"))).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("delete it", async () => {
    await page.getByRole("button", { name: t("delete"), exact: true }).click();
    const sure = page.getByRole("dialog", { name: t("settings:models.delete") });
    await sure.getByRole("button", { name: t("delete") }).click();
    await expect(page.getByText(t("settings:models.empty.title"))).toBeVisible();
  });
});

test("the demo's model answers the check", async ({ open, t }) => {
  const page = await open({ as: people.lucia });
  await page.goto("/settings/models");
  await page.getByRole("button", { name: t("settings:models.check") }).click();
  await expect(page.getByText(t("settings:models.fine"))).toBeVisible();
});

test("a team is made, changed and deleted", async ({ open, t }) => {
  const page = await open();
  await found(page, FAQ);
  await page.goto("/settings/teams");
  await page.getByRole("button", { name: t("settings:teams.add") }).click();
  const add = page.getByRole("dialog", { name: t("settings:teams.add") });
  await add.getByLabel(t("settings:teams.name"), { exact: true }).fill("Ventas");
  await add.getByRole("checkbox", { name: "Ana Pérez" }).check();
  await expectGoodLooks(page, "team-form");
  await add.getByRole("button", { name: t("save") }).click();
  const team = page.getByRole("main").getByRole("listitem").filter({ hasText: "Ventas" });
  await expect(team).toContainText("Ana Pérez");

  await page.getByRole("button", { name: t("settings:teams.edit", { name: "Ventas" }) }).click();
  const edit = page.getByRole("dialog", { name: t("settings:teams.edit", { name: "Ventas" }) });
  await edit.getByLabel(t("settings:teams.name"), { exact: true }).fill("Mostrador");
  await edit.getByRole("checkbox", { name: "Ana Pérez" }).uncheck();
  await edit.getByRole("button", { name: t("save") }).click();
  const renamed = page.getByRole("main").getByRole("listitem").filter({ hasText: "Mostrador" });
  await expect(renamed).toContainText(t("settings:teams.nobody"));
  await expectGoodLooks(page, "teams");

  await page.getByRole("button", { name: t("settings:teams.delete", { name: "Mostrador" }) }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: t("delete") })
    .click();
  await expect(page.getByText(t("settings:teams.empty.title"))).toBeVisible();
});

test("a conversation that a flow hands to a team", async ({ open, t }) => {
  const page = await open();
  const company = await found(page, FAQ);
  const api = page.context().request;
  const sales = await call(api, "POST", "teams", { name: "Ventas" });
  await call(api, "POST", "teams", { name: "Taller" });
  const flow = await call(api, "POST", `bots/${company.bot}/flows`, {
    name: "A ventas",
    language: "es",
    definition: {
      format: 1,
      name: "A ventas",
      language: "es",
      start: "team",
      triggers: [{ id: "words", type: "keyword", match: "contains", words: ["mayorista"] }],
      nodes: [{ id: "team", type: "handoff", at: [0, 0], data: { to: "team", team: sales.id } }],
    },
  });
  await call(api, "POST", `flows/${flow.id}/publish`, { revision: flow.draft_revision, why: "Para vender" });
  await visit(api, company.site, "Berta", "Quiero precios de mayorista");

  await page.goto("/inbox");
  const inbox = new Inbox(page, t);
  await inbox.row("Berta").click();
  await expect(inbox.log).toContainText(t("inbox:event.handoff.flow"));
  await expect(inbox.customer.getByRole("heading", { name: t("inbox:contact.team") })).toBeVisible();
  await expect(inbox.customer.getByText("Ventas")).toBeVisible();

  await page.getByRole("button", { name: t("inbox:filter.more", { count: 0 }) }).click();
  const team = page.getByLabel(t("inbox:filter.team"), { exact: true });
  await team.selectOption("Taller");
  await expect(page.getByText(t("noMatch.title"))).toBeVisible();
  await team.selectOption("Ventas");
  await expect(inbox.row("Berta")).toBeVisible();
  await expectGoodLooks(page, "team-filter");
});

test("a customer's tags, by keyboard", async ({ open, t }) => {
  const page = await open();
  const company = await found(page, FAQ);
  const api = page.context().request;
  await visit(api, company.site, "Berta", "¿A qué hora abren?");
  await page.goto("/inbox");
  const inbox = new Inbox(page, t);
  await inbox.row("Berta").click();
  const tag = (name: string) => inbox.customer.getByRole("button", { name: t("inbox:contact.removeTag", { name }) });
  const add = inbox.customer.getByRole("button", { name: t("inbox:contact.addTag"), exact: true });
  const tags = async () => {
    const { items } = await call(api, "GET", "contacts");
    return (await call(api, "GET", `contacts/${items[0].id}`)).tags;
  };

  await expect(inbox.customer.getByText(t("inbox:contact.noTags"))).toBeVisible();
  await add.press("Enter");
  const field = inbox.customer.getByRole("textbox", { name: t("inbox:contact.newTag") });
  await expect(field).toBeFocused();
  await page.keyboard.type("mayorista");
  await page.keyboard.press("Enter");
  await page.keyboard.type("sin gluten");
  await page.keyboard.press("Enter"); // at once: the first may still be on its way
  await expect(tag("mayorista")).toBeVisible();
  await expect(tag("sin gluten")).toBeVisible();
  const sheet = page.getByRole("dialog", { name: t("inbox:contact.title") });
  await expectGoodLooks(page, "tags", async () => {
    const small = page.viewportSize()?.width === 390;
    if (small && !(await sheet.isVisible())) await page.getByRole("button", { name: t("inbox:contact.show") }).click();
    if (!small && (await sheet.isVisible())) await page.keyboard.press("Escape");
    await expect(sheet).toBeVisible({ visible: small });
  });
  await page.keyboard.press("Escape"); // the sheet
  await expect(sheet).toBeHidden();
  await field.press("Escape");
  await expect(field).toBeHidden();
  await expect(add).toBeFocused();
  await expect.poll(tags).toEqual(["mayorista", "sin gluten"]);

  await tag("mayorista").press("Enter");
  await expect(tag("mayorista")).toHaveCount(0);
  await expect(add).toBeFocused();
  await expect.poll(tags).toEqual(["sin gluten"]);
  await page.reload();
  await expect(tag("sin gluten")).toBeVisible();
});
