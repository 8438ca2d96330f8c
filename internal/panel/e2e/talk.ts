import { expect, once } from "./fixtures";
import type { Inbox } from "./inbox";
import type { Phone } from "./phones";

/** The words by which the demo's bot calls a person. */
export const PERSON = "quiero hablar con una persona";

/** A customer asks for a person, and an agent takes the conversation and answers; what both said last. */
export async function talk(phone: Phone, agent: Inbox, channel: string) {
  const said = { help: once("Mi pedido no llega"), reply: once("Lo reviso ahora mismo.") };
  await phone.write(PERSON);
  await phone.answer(1);
  await phone.write(said.help);
  await agent.page.goto("/inbox?state=waiting");
  await agent.take(said.help, channel);
  await agent.say(said.reply);
  await expect(phone.heard(said.reply)).toHaveCount(1);
  return said;
}
