import type { Locator, Page } from "@playwright/test";
import { expectAccessible, expectNoOverflow } from "./checks";
import { type Company, call, found } from "./company";
import { expect, phone, test } from "./fixtures";
import { reach } from "./reach";
import type { Words } from "./words";

const FAQ = { question: "¿A qué hora abren?", answer: "A las 7:00." };

/** The flow builder, by what people see. */
class Builder {
  readonly canvas: Locator;
  readonly side: Locator;

  constructor(
    readonly page: Page,
    readonly t: Words,
  ) {
    this.canvas = page.getByRole("region", { name: t("flows:canvas"), exact: true });
    this.side = page.getByRole("tabpanel").last();
  }

  /** A flow of a company, open in the builder. */
  static async open(page: Page, t: Words, company: Company, definition?: object) {
    const made = await call(page.context().request, "POST", `bots/${company.bot}/flows`, {
      name: "Regalos",
      language: "es",
      definition,
    });
    await page.goto(`/bots/${company.bot}/flows/${made.id}`);
    const builder = new Builder(page, t);
    await expect(builder.node(t("flows:start.title"))).toBeVisible();
    return { builder, id: made.id as string };
  }

  node(text: string) {
    return this.canvas.locator(".react-flow__node").filter({ hasText: text });
  }

  exit(node: string, label: string) {
    return this.node(node).getByRole("listitem").filter({ hasText: label }).locator(".react-flow__handle");
  }

  entry(node: string) {
    return this.node(node).locator(".react-flow__handle.target");
  }

  type(label: string) {
    return this.page.getByRole("tabpanel").first().getByRole("button", { name: label, exact: true });
  }

  field(label: string) {
    return this.page.getByRole("textbox", { name: label, exact: true });
  }

  /** Drags from one place to another, as a hand does: in steps. */
  async drag(from: Locator, to: { x: number; y: number }) {
    const box = await from.boundingBox();
    if (!box) throw new Error(`${from} cannot be seen`);
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await this.page.mouse.down();
    await this.page.mouse.move(to.x, to.y, { steps: 8 });
    await this.page.mouse.up();
  }

  async middle(one: Locator) {
    const box = await one.boundingBox();
    if (!box) throw new Error(`${one} cannot be seen`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async saved() {
    await expect(this.page.getByRole("status").filter({ hasText: this.t("flows:saving.saved") })).toBeVisible();
  }

  tab(name: "side.try" | "left.list" | "side.flow") {
    return this.page.getByRole("tab", { name: this.t(`flows:${name}`), exact: true });
  }
}

/** What a stored draft says and where its exits lead, by the words of its nodes. */
async function drawn(page: Page, id: string) {
  const { draft, problems } = await call(page.context().request, "GET", `flows/${id}`);
  expect(problems).toEqual([]);
  // biome-ignore lint/suspicious/noExplicitAny: as in the file
  const nodes = draft.nodes as any[];
  const type = (node: string | undefined) => nodes.find((n) => n.id === node)?.type;
  return {
    start: type(draft.start),
    nodes: nodes.map((n) => ({ type: n.type, to: Object.values(n.next ?? {}).map((to) => type(to as string)) })),
    words: draft.triggers[0]?.words,
  };
}

const guided = {
  start: "message",
  nodes: [
    { type: "message", to: ["buttons"] },
    { type: "buttons", to: ["handoff", "message"] },
    { type: "handoff", to: [] },
  ],
  words: ["regalo"],
};

test("a flow drawn with the mouse, and tried", async ({ open, t }) => {
  test.setTimeout(120_000);
  const page = await open();
  const company = await found(page, FAQ);
  const text = (field: string) => `${field} (es)`;
  let builder = new Builder(page, t);
  let id = "";

  await test.step("an empty flow is made", async () => {
    await page.goto(`/bots/${company.bot}/flows`);
    await expect(page.getByText(t("flows:empty.title"))).toBeVisible();
    await page.getByRole("button", { name: t("flows:create.open") }).click();
    const dialog = page.getByRole("dialog", { name: t("flows:create.title") });
    await dialog.getByRole("textbox", { name: t("flows:settings.name") }).fill("Regalos");
    await dialog.getByRole("button", { name: t("flows:create.open") }).click();
    await expect(builder.node(t("flows:start.title"))).toBeVisible();
    id = page.url().split("/").pop()?.split("?")[0] ?? "";
  });

  await test.step("a block is dragged onto the canvas and says something", async () => {
    await builder.type("Mensaje").dragTo(builder.canvas, { targetPosition: { x: 130, y: 220 } });
    await expect(builder.node("Mensaje")).toBeVisible();
    await builder.field(text(t("flows:content.text"))).fill("Hola, te ayudo con un regalo.");
    await expect(builder.node("Hola, te ayudo")).toBeVisible();
  });

  await test.step("an edge let go over nothing asks what should be there", async () => {
    const from = await builder.middle(builder.node("Mensaje"));
    await builder.drag(builder.exit("Mensaje", "Sigue"), { x: from.x + 220, y: from.y + 60 });
    const picker = page.getByRole("dialog", { name: t("flows:palette.pick") });
    await picker.getByRole("button", { name: "Botones", exact: true }).click();
    await expect(builder.node("Botones")).toBeVisible();
    await builder.field(text("Texto")).fill("¿Para quién es?");
    await builder.field(text("Texto del botón")).fill("Para mi mamá");
    await expect(builder.exit("Botones", "Para mi mamá")).toBeVisible();
  });

  await test.step("a block pressed in the palette follows the selected one", async () => {
    await builder.type("Pasar a una persona").click();
    await expect(builder.node("Pasar a una persona")).toBeVisible();
  });

  await test.step("an exit is led back by hand", async () => {
    await page.getByRole("button", { name: t("flows:zoom.fit") }).click();
    await builder.drag(builder.exit("Botones", "Otra cosa"), await builder.middle(builder.entry("Mensaje")));
  });

  await test.step("what starts it", async () => {
    await builder.node(t("flows:start.title")).getByRole("button").click();
    await page.getByRole("button", { name: t("flows:start.add") }).click();
    const words = page.getByLabel(t("flows:trigger.words"));
    await words.fill("regalo");
    await words.press("Enter");
    await expect(builder.node("«regalo»")).toBeVisible();
  });

  await test.step("all of it is stored", async () => {
    await builder.saved();
    expect(await drawn(page, id)).toEqual(guided);
    await page.reload();
    builder = new Builder(page, t);
    await expect(builder.node("¿Para quién es?")).toBeVisible();
  });

  await test.step("what is removed comes back", async () => {
    await builder.node("Pasar a una persona").click();
    await expect(builder.node("Pasar a una persona")).toHaveClass(/selected/);
    await page.keyboard.press("Delete");
    await expect(builder.node("Pasar a una persona")).toHaveCount(0);
    await page
      .getByRole("region", { name: t("toasts") })
      .getByRole("button", { name: t("undo") })
      .click();
    await expect(builder.node("Pasar a una persona")).toBeVisible();
    await builder.saved();
    expect(await drawn(page, id)).toEqual(guided);
  });

  await test.step("blocks are copied with the edge between them", async () => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+c");
    await page.keyboard.press("Control+v");
    await expect(builder.node("¿Para quién es?")).toHaveCount(2);
    await page.keyboard.press("Control+z");
    await expect(builder.node("¿Para quién es?")).toHaveCount(1);
  });

  await test.step("it talks", async () => {
    await builder.tab("side.try").click();
    await page.getByRole("button", { name: t("flows:try.start"), exact: true }).click();
    const log = page.getByRole("log", { name: t("flows:try.log") });
    await expect(log.getByText("Hola, te ayudo con un regalo.")).toBeVisible();
    await expect(builder.node("Mensaje").getByRole("img", { name: t("flows:try.passed") })).toBeVisible();
    await log.getByRole("button", { name: "Para mi mamá" }).click();
    await expect(log.getByText(t("flows:try.ended.handoff"))).toBeVisible();
    await expectAccessible(page, "the trial");
  });
});

test("the same flow without a mouse", async ({ open, t }) => {
  test.setTimeout(120_000);
  const page = await open();
  const keys = page.keyboard;
  const company = await found(page, FAQ);
  const { builder, id } = await Builder.open(page, t, company);
  const list = page.getByRole("list", { name: t("flows:list.title") });
  const announced = page.locator("[aria-live=polite].sr-only");
  const block = (name: string) => list.getByRole("button", { name: new RegExp(`^\\d+\\. ${name}`) });
  const menuOf = (exit: string, name: string) =>
    list.getByRole("button", { name: t("flows:list.exitMenu", { exit, name }), exact: true });
  const choose = async (text: string) => {
    await expect(page.getByRole("textbox", { name: t("flows:palette.search") }).last()).toBeFocused();
    await keys.type(text);
    await keys.press("Enter");
  };
  /** Writes into a field of the block whose form has the focus. */
  const write = async (label: string, text: string) => {
    await reach(page, builder.field(`${label} (es)`));
    await keys.type(text);
  };

  await test.step("the list of blocks", async () => {
    await reach(page, page.getByRole("tab", { name: t("flows:left.palette") }));
    await keys.press("ArrowRight");
    await reach(page, page.getByRole("button", { name: t("flows:list.add") }));
  });

  await test.step("a first block", async () => {
    await keys.press("Enter");
    await choose("mensaje");
    await expect(announced).toHaveText(t("flows:said.added", { type: "Mensaje" }));
    await reach(page, block("Mensaje"), "Shift+Tab");
    await keys.press("Enter");
    await write(t("flows:content.text"), "Hola, te ayudo con un regalo.");
    await keys.press("Escape");
    await expect(block("Mensaje")).toBeFocused();
  });

  await test.step("a block after its exit", async () => {
    await reach(page, menuOf("Sigue", "Mensaje"));
    await keys.press("Enter");
    await keys.press("Enter");
    await choose("botones");
    await expect(announced).toHaveText(t("flows:said.addedAfter", { type: "Botones", name: "Mensaje" }));
    await reach(page, block("Botones"));
    await keys.press("Enter");
    await write("Texto", "¿Para quién es?");
    await write("Texto del botón", "Para mi mamá");
    await keys.press("Escape");
  });

  await test.step("another, and a way back", async () => {
    await reach(page, menuOf("Para mi mamá", "Botones"));
    await keys.press("Enter");
    await keys.press("Enter");
    await choose("pasar a una persona");
    await reach(page, menuOf("Otra cosa", "Botones"));
    await keys.press("Enter");
    await reach(page, page.getByRole("menuitem", { name: "1. Mensaje" }), "ArrowDown");
    await keys.press("Enter");
    await expect(announced).toHaveText(t("flows:said.connected", { from: "Botones", to: "Mensaje" }));
  });

  await test.step("a block moves", async () => {
    const place = async () => (await builder.node("Botones").boundingBox())?.y ?? 0;
    const before = await place();
    await reach(page, block("Botones"), "Shift+Tab");
    await keys.press("Alt+ArrowDown");
    await expect(announced).toContainText("Botones");
    await expect.poll(place).toBeGreaterThan(before);
  });

  await test.step("what starts it", async () => {
    await keys.press("Escape"); // nothing is selected: the side is about the flow
    await reach(page, page.getByRole("tab", { name: t("flows:side.flow") }));
    await reach(page, page.getByRole("button", { name: t("flows:start.add") }));
    await keys.press("Enter");
    await reach(page, page.getByLabel(t("flows:trigger.words")), "Shift+Tab");
    await keys.type("regalo");
    await keys.press("Enter");
  });

  await builder.saved();
  expect(await drawn(page, id)).toEqual(guided);
});

test("two people at one flow", async ({ open, t, expected }) => {
  expected.push(/409 .*\/draft$/);
  const page = await open();
  const company = await found(page, FAQ);
  const { builder, id } = await Builder.open(page, t, company);
  const api = page.context().request;
  const rename = async (name: string) => {
    const { draft, draft_revision } = await call(api, "GET", `flows/${id}`);
    await call(api, "PUT", `flows/${id}/draft`, { revision: draft_revision, definition: { ...draft, name } });
  };
  const name = page.getByLabel(t("flows:settings.flowName"));
  const notice = page.getByRole("dialog", { name: t("flows:conflict.title") });

  await test.step("one takes the other's", async () => {
    await rename("Lo suyo");
    await name.fill("Lo mío");
    await expect(notice).toContainText("Ana Pérez");
    await expectAccessible(page, "the conflict");
    await notice.getByRole("button", { name: t("flows:conflict.theirs") }).click();
    await expect(name).toHaveValue("Lo suyo");
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: t("undo"), exact: true }).click();
    await expect(name).toHaveValue("Lo mío");
    await builder.saved();
  });

  await test.step("one keeps a copy", async () => {
    await rename("Otra vez lo suyo");
    await name.fill("Lo mío otra vez");
    await notice.getByRole("button", { name: t("flows:conflict.copy") }).click();
    await expect(name).toHaveValue(t("flows:copyOf", { name: "Lo mío otra vez" }));
    await expect(notice).toHaveCount(0);
    const { items } = await call(api, "GET", `bots/${company.bot}/flows`);
    expect(items.map((one: { name: string }) => one.name)).toEqual([
      "Otra vez lo suyo",
      t("flows:copyOf", { name: "Lo mío otra vez" }),
    ]);
  });
});

test("what is wrong is shown where it is", async ({ open, t }) => {
  const page = await open();
  const company = await found(page, FAQ);
  const { builder } = await Builder.open(page, t, company, {
    format: 1,
    name: "Regalos",
    language: "es",
    start: "n1",
    triggers: [],
    variables: [{ name: "edad", type: "number" }],
    nodes: [
      { id: "n1", type: "condition", at: [0, 0], data: { if: "vars.edad > 18" } },
      { id: "n2", type: "message", at: [400, 0], data: { content: { type: "text", text: { es: "Hola" } } } },
    ],
  });
  const si = builder.field("Si");
  await builder.node("Condición").click();
  await si.fill("vars.edat > 18");
  await expect(page.locator(".cm-lintRange-error")).toHaveText("vars.edat");
  await expect(si).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page, "a field with a fault");
  await page.keyboard.press("Escape");
  await builder.node("Hola").click();
  await page.getByRole("button", { name: t("flows:problems.count", { count: 1 }) }).click();
  await page
    .getByRole("dialog", { name: t("flows:problems.title") })
    .getByRole("button")
    .first()
    .click();
  await expect(builder.node("Condición")).toHaveClass(/selected/);
  await si.fill("vars.ed");
  await expect(page.getByRole("option", { name: "vars.edad" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(si).toHaveText("vars.edad");
  await si.press("End");
  await page.keyboard.type(" > 18");
  await expect(page.locator(".cm-lintRange-error")).toHaveCount(0);
  await expect(page.getByRole("button", { name: t("flows:problems.count", { count: 1 }) })).toHaveCount(0);
});

test("a flow on a phone is for reading", async ({ open, t }) => {
  const page = await open({ ...phone });
  const company = await found(page, FAQ);
  const made = await call(page.context().request, "POST", `bots/${company.bot}/flows`, {
    name: "Regalos",
    definition: {
      format: 1,
      name: "Regalos",
      language: "es",
      start: "n1",
      triggers: [],
      variables: [],
      nodes: [{ id: "n1", type: "message", at: [0, 0], data: { content: { type: "text", text: { es: "Hola" } } } }],
    },
  });
  await page.goto(`/bots/${company.bot}/flows/${made.id}`);
  await expect(page.getByText(t("flows:phone"))).toBeVisible();
  await expect(page.getByRole("list", { name: t("flows:list.title") })).toContainText("Hola");
  await expect(page.getByRole("button", { name: t("flows:publish.open") })).toHaveCount(0);
  await expectNoOverflow(page, "the flow");
  await expectAccessible(page, "the flow");
});
