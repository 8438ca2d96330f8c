import { call } from "./company";
import { test } from "./fixtures";
import { people } from "./people";
test("x", async ({ open }) => {
  const page = await open({as: people.lucia});
  const channel = (await call(page.context().request, "GET", "channels")).items[0].id;
  await page.goto(`/channels/${channel}`);
  await page.getByRole("tab", { name: "Aspecto" }).click();
  console.log("channels", await page.evaluate(() => [document.activeElement?.outerHTML.slice(0,120), document.activeElement?.matches(":focus-visible")]));
  await page.goto(`/bots`); await page.getByRole("link", {name:"Aurora"}).click();
  await page.getByRole("tab", { name: "Reglas" }).click();
  console.log("bots", await page.evaluate(() => [document.activeElement?.outerHTML.slice(0,120), document.activeElement?.matches(":focus-visible")]));
  console.log(await page.evaluate(() => window.innerWidth));
});
