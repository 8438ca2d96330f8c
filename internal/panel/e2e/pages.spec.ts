import type { Page } from "@playwright/test";
import { Chat } from "./chat";
import { expectAccessible, expectNoOverflow } from "./checks";
import { call } from "./company";
import { expect, phone, test, unknownYet } from "./fixtures";
import { Inbox } from "./inbox";
import { elena, people } from "./people";
import type { Words } from "./words";

const desktop = { viewport: { width: 1280, height: 800 } };

/** A page of the panel, and how one gets there; resolves when what it is about can be seen. */
type Visit = (at: { page: Page; t: Words; bot: string; channel: string; small: boolean }) => Promise<unknown>;

const heading = (page: Page, name: string | RegExp) =>
  expect(page.getByRole("heading", { level: 1, name })).toBeVisible();

const tab = (name: "general" | "rules" | "faqs"): Visit => {
  return async ({ page, t, bot }) => {
    await page.goto(`/bots/${bot}?tab=${name}`);
    await expect(page.getByRole("tab", { name: t(`bots:tab.${name}`), selected: true })).toBeVisible();
    if (name !== "general") await expect(page.getByRole("tabpanel").getByRole("listitem").first()).toBeVisible();
  };
};

const channelTab = (name: "install" | "appearance" | "prechat" | "attendance" | "safety"): Visit => {
  return async ({ page, t }) => {
    await page.getByRole("tab", { name: t(`channels:tab.${name}`), exact: true }).click();
    await expect(page.getByRole("tabpanel")).toBeVisible();
  };
};

/** A part of the page of a channel that its kind describes: the demo's official WhatsApp. */
const kindTab = (name: "setup" | "check" | "test" | "limits" | "log"): Visit => {
  return async ({ page, t }) => {
    const { items } = await call(page.context().request, "GET", "channels");
    const { id } = items.find((one: { kind: string }) => one.kind === "cloudapi");
    if (!page.url().endsWith(id)) await page.goto(`/channels/${id}`);
    await page.getByRole("tab", { name: t(`channels:tab.${name}`), exact: true }).click();
    await expect(page.getByRole("tabpanel")).toBeVisible();
  };
};

const settings = (
  section: "profile" | "security" | "company" | "labels" | "teams" | "models" | "globals" | "audit",
): Visit => {
  return async ({ page, t }) => {
    await page.goto(`/settings/${section}`);
    await heading(page, t("nav.settings"));
    await expect(
      page.getByRole("navigation", { name: t("settings:sections") }).locator('[aria-current="page"]'),
    ).toHaveText(t(`settings:section.${section}`));
  };
};

const visits: Record<string, Visit> = {
  overview: async ({ page, t }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { name: t("overview:hourly.title") })).toBeVisible();
  },
  "inbox-list": async ({ page, t }) => {
    await page.goto("/inbox");
    await expect(new Inbox(page, t).list.getByRole("link").first()).toBeVisible();
  },
  "inbox-thread": async ({ page, t }) => {
    await new Inbox(page, t).list.getByRole("link").first().click();
    await expect(page.getByRole("log").getByRole("time").first()).toBeVisible();
  },
  "inbox-contact": async ({ page, t, small }) => {
    if (!small) return; // it stands beside the thread
    await page.getByRole("button", { name: t("inbox:contact.show") }).click();
    await expect(page.getByRole("dialog", { name: t("inbox:contact.title") })).toBeVisible();
  },
  "inbox-why": async ({ page, t }) => {
    const answered = await call(page.context().request, "GET", "conversations?state=all&limit=50");
    const row = answered.items.find((one: { last: { from: string } }) => one.last.from === "bot");
    await page.goto(`/inbox/${row.id}`);
    await page
      .getByRole("button", { name: t("inbox:why.open") })
      .last()
      .click();
    await expect(page.getByRole("dialog", { name: t("inbox:why.title") })).toBeVisible();
  },
  problems: async ({ page, t }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { name: t("overview:hourly.title") })).toBeVisible();
    await page
      .getByRole("button", { name: t("incidents:short") })
      .filter({ visible: true })
      .click();
    await expect(page.getByRole("dialog", { name: t("incidents:title") })).toBeVisible();
  },
  palette: async ({ page, t }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { name: t("overview:hourly.title") })).toBeVisible();
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox")).toBeFocused();
  },
  keys: async ({ page, t }) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: t("keys.title") })).toBeVisible();
  },
  bots: async ({ page, t }) => {
    await page.goto("/bots");
    await heading(page, t("nav.bots"));
    await expect(page.getByRole("link", { name: "Aurora", exact: true })).toBeVisible();
  },
  "bot-new": async ({ page, t }) => {
    await page.getByRole("button", { name: t("bots:create.open") }).click();
    await expect(page.getByRole("dialog", { name: t("bots:create.title") })).toBeVisible();
  },
  "bot-general": tab("general"),
  "bot-rules": tab("rules"),
  "bot-rule": async ({ page, t }) => {
    await page.getByRole("tabpanel").getByRole("button", { name: "Novedades", exact: true }).click();
    await expect(page.getByRole("dialog", { name: t("bots:rules.edit") })).toBeVisible();
  },
  "bot-rule-on-channel": async ({ page, t }) => {
    await page.getByRole("button", { name: t("previews:open", { n: 1 }) }).click();
    await expect(
      page
        .getByRole("dialog", { name: t("previews:title") })
        .getByRole("listitem")
        .first(),
    ).toBeVisible();
  },
  "bot-flows": async ({ page, t, bot }) => {
    await page.goto(`/bots/${bot}/flows`);
    await expect(page.getByRole("tab", { name: t("bots:tab.flows"), selected: true })).toBeVisible();
    await expect(page.getByRole("tabpanel").getByRole("button", { name: t("flows:create.open") })).toBeVisible();
  },
  "bot-flow-new": async ({ page, t }) => {
    await page.getByRole("button", { name: t("flows:create.open") }).click();
    await page.getByRole("dialog").getByRole("radio").nth(1).check();
  },
  "bot-flow": async ({ page, t, bot, small }) => {
    const data = { name: "Ventas", starter: "sales_assistant" };
    const { id, draft } = await call(page.context().request, "POST", `bots/${bot}/flows`, data);
    await page.goto(`/bots/${bot}/flows/${id}?node=${draft.start}`);
    if (small) await expect(page.getByRole("list", { name: t("flows:list.title") })).toBeVisible();
    else await expect(page.getByRole("textbox", { name: t("flows:node.name"), exact: true })).toBeVisible();
  },
  "bot-faqs": tab("faqs"),
  "bot-faq": async ({ page, t }) => {
    await page.getByRole("tabpanel").getByRole("listitem").first().getByRole("button").click();
    await expect(page.getByRole("dialog", { name: t("bots:faqs.edit") })).toBeVisible();
  },
  "bot-import": async ({ page, t, bot }) => {
    await page.goto(`/bots/${bot}?tab=faqs`);
    await page.getByRole("button", { name: t("bots:faqs.import"), exact: true }).click();
    await expect(page.getByRole("dialog", { name: t("bots:import.title") })).toBeVisible();
  },
  "bot-try": async ({ page, t, bot }) => {
    await page.goto(`/bots/${bot}`);
    await page.getByRole("button", { name: t("bots:try.open"), exact: true }).click();
    const input = page.getByRole("textbox", { name: t("bots:try.placeholder") });
    await input.fill("¿Cuánto tarda el envío?");
    await input.press("Enter");
    await page.getByRole("dialog").getByText(t("trace.source.faq")).first().click();
    await expect(page.getByRole("heading", { name: t("bots:try.nearest") })).toBeVisible();
  },
  channels: async ({ page, t }) => {
    await page.goto("/channels");
    await heading(page, t("nav.channels"));
    await expect(page.getByRole("main").getByRole("listitem").first()).toBeVisible();
  },
  "channel-install": async ({ page, t, channel }) => {
    await page.goto(`/channels/${channel}`);
    await expect(page.getByText(t("channels:install.title"))).toBeVisible();
  },
  "channel-appearance": channelTab("appearance"),
  "channel-prechat": channelTab("prechat"),
  "channel-attendance": channelTab("attendance"),
  "channel-safety": channelTab("safety"),
  "channel-add": async ({ page, t }) => {
    await page.goto("/channels");
    await page.getByRole("button", { name: t("channels:add.open") }).click();
    const chooser = page.getByRole("dialog", { name: t("channels:add.title") });
    await expect(chooser.getByRole("region", { name: t("channels:add.other") }).getByRole("button")).not.toHaveCount(0);
  },
  "channel-add-unofficial": async ({ page, t }) => {
    const others = page.getByRole("dialog").getByRole("region", { name: t("channels:add.other") });
    await others.getByRole("button").last().click();
    await expect(page.getByRole("checkbox", { name: t("channels:add.accept") })).toBeVisible();
  },
  "channel-setup": kindTab("setup"),
  "channel-check": async (at) => {
    await kindTab("check")(at);
    const { page, t } = at;
    await page.getByRole("button", { name: t("channels:check.run") }).click();
    await expect(page.getByRole("tabpanel").getByRole("listitem").first()).toBeVisible();
  },
  "channel-test": kindTab("test"),
  "channel-limits": kindTab("limits"),
  "channel-log": async (at) => {
    await kindTab("log")(at);
    const { page } = at;
    const entry = page.getByRole("tabpanel").locator("details").first();
    await expect(entry).toBeVisible();
    await entry.locator("summary").click();
    await expect(entry).toHaveAttribute("open");
  },
  "channel-phone": async ({ page, t }) => {
    const made = await call(page.context().request, "POST", "channels", { kind: "whatsapp_qr", name: "Mostrador" });
    await page.goto(`/channels/${made.id}`);
    await expect(page.getByText(t("channels:session.phase.unlinked"))).toBeVisible();
  },
  "channel-link": async ({ page, t }) => {
    await page.getByRole("button", { name: t("channels:session.link") }).click();
    await expect(page.getByRole("img", { name: t("channels:link.qr") })).toBeVisible();
  },
  templates: async ({ page, t }) => {
    await page.goto("/channels/templates");
    await heading(page, t("templates:title"));
    await expect(page.getByRole("button", { name: t("templates:new") }).first()).toBeVisible();
  },
  "template-new": async ({ page, t }) => {
    await page
      .getByRole("button", { name: t("templates:new") })
      .first()
      .click();
    const form = page.getByRole("dialog", { name: t("templates:form.title") });
    await form.getByLabel(t("templates:form.body")).fill("Hola {{1}}, tu pedido está listo.");
    await form.getByLabel(t("templates:form.sample", { n: 1 })).fill("Ana");
    await form.getByRole("button", { name: t("templates:form.submit") }).click();
    await expect(form.getByRole("alert").first()).toBeVisible(); // it has no name yet
  },
  "settings-profile": settings("profile"),
  "settings-security": settings("security"),
  "settings-company": settings("company"),
  "settings-labels": settings("labels"),
  "settings-teams": settings("teams"),
  "settings-models": settings("models"),
  "settings-globals": settings("globals"),
  "settings-audit": settings("audit"),
  "not-found": async ({ page, t }) => {
    await page.goto("/nowhere");
    await expect(page.getByText(t("notFound.title"))).toBeVisible();
  },
};

const strangers: Record<string, Visit> = {
  login: async ({ page, t }) => {
    await page.goto("/login");
    await heading(page, t("auth:login.title"));
  },
  signup: async ({ page, t }) => {
    await page.getByRole("link", { name: t("auth:login.signup") }).click();
    await heading(page, t("auth:signup.title"));
  },
  "signup-refused": async ({ page, t }) => {
    await page.getByRole("button", { name: t("auth:signup.submit") }).click();
    await expect(page.getByText(t("auth:error.required")).first()).toBeVisible();
  },
};

for (const language of ["es", "en"] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, window] of Object.entries({ desktop, phone })) {
      test.describe(`${language} ${colorScheme} ${size}`, () => {
        test.use({ language });
        const small = size === "phone";

        const inspect = async (page: Page, t: Words, name: string) => {
          await test.step(name, async () => {
            await expect(page.getByRole("status", { name: t("loading") })).toHaveCount(0);
            await page.evaluate(() => document.fonts.ready);
            const path = test.info().outputPath(`${name}.png`);
            await page.screenshot({ path });
            test.info().attachments.push({ name, path, contentType: "image/png" });
            await expectNoOverflow(page, name);
            await expectAccessible(page, name);
          });
        };

        test("the panel", async ({ open, t }) => {
          test.setTimeout(150_000);
          const page = await open({ ...window, colorScheme, as: language === "es" ? people.lucia : elena });
          const api = page.context().request;
          const bot = (await call(api, "GET", "bots")).items[0].id;
          const channel = (await call(api, "GET", "channels")).items[0].id;
          for (const [name, visit] of Object.entries(visits)) {
            if (small && name === "keys") continue; // for those who have them
            await test.step(`to ${name}`, () => visit({ page, t, bot, channel, small }));
            await inspect(page, t, name);
          }
        });

        test("before signing in", async ({ open, t, expected }) => {
          expected.push(unknownYet);
          const page = await open({ ...window, colorScheme });
          for (const [name, visit] of Object.entries(strangers)) {
            await visit({ page, t, bot: "", channel: "", small });
            await inspect(page, t, name);
          }
        });

        test("the widget", async ({ open, t }) => {
          const page = await open({ ...window, colorScheme });
          await page.goto(language === "en" ? "/demo?lang=en" : "/demo");
          const chat = new Chat(page, language);
          await expect(chat.launcher).toBeVisible();
          await inspect(page, t, "demo");
          await chat.open();
          await inspect(page, t, "chat");
          await chat.write("envíos");
          await expect(chat.choices).toHaveCount(4);
          await chat.write("Enséñame las novedades");
          await expect(chat.from("bot")).toHaveCount(2);
          await inspect(page, t, "chat-cards");
        });
      });
    }
  }
}
