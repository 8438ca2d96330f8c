import { expect, test } from "./fixtures";
const out = "/tmp/widget-shots";
for (const [device, viewport] of Object.entries({ phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }))
for (const scheme of ["light", "dark"] as const)
for (const lang of ["es", "ar"]) {
  test(`${device} ${scheme} ${lang}`, async ({ page, server, widget }) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme });
    server.page = { data: { lang }, lang };
    server.config = { rtl: lang === "ar", launcher: device === "desktop" ? "¿Hablamos?" : undefined, quick_replies: [{ id: "1", label: "Ver horarios" }, { id: "2", label: "¿Hacen envíos?" }, { id: "3", label: "Estado de mi pedido" }] };
    await widget.visit();
    await page.screenshot({ path: `${out}/${device}-${scheme}-${lang}-0.png` });
    await widget.open();
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${out}/${device}-${scheme}-${lang}-1.png` });
    await widget.write("Hola, busco una vela de lavanda.\n¿Tienen? miren https://www.tienda.example/velas?x=1.");
    server.say("bot", { type: "products", text: "Estas son nuestras velas:", products: ["Vela de lavanda grande", "Vela de canela", "Vela de vainilla"].map((title, i) => ({ id: `p${i}`, title, price: 4590000 + i * 100000, currency: "COP", text: "Cera de soya, 40 horas", image: `${server.origin}/media/${title.replace(/ /g, "")}.svg`, url: "https://tienda.example/p", buttons: [{ id: `add${i}`, label: "Agregar al carrito" }] })) });
    const b = server.say("bot", { type: "buttons", text: "¿Quieres algo más?", buttons: [{ id: "si", label: "Hablar con una persona" }, { id: "no", label: "No, gracias" }] });
    await page.waitForTimeout(400);
    await page.screenshot({ path: `${out}/${device}-${scheme}-${lang}-2.png` });
    await page.getByRole("button", { name: "Hablar con una persona" }).click();
    server.attention({ state: "waiting" });
    server.attention({ state: "human", agent: { name: "Mateo Ruiz" } });
    server.say("agent", { type: "text", text: "Hola, soy Mateo. Te ayudo con la vela de lavanda. ¿A qué ciudad la enviamos?" }, "Mateo Ruiz");
    server.say("agent", { type: "list", text: "Elige la ciudad", list: { open: "Ver ciudades", sections: [{ title: "Región andina", rows: [{ id: "bog", title: "Bogotá", description: "Mañana" }, { id: "med", title: "Medellín", description: "En dos días" }] }] } }, "Mateo Ruiz");
    server.say("agent", { type: "location", location: { latitude: 4.6, longitude: -74.07, name: "Tienda Aurora", address: "Calle 72 # 10-34, Bogotá" } }, "Mateo Ruiz");
    server.say("agent", { type: "document", media: { file: "f", name: "catalogo-navidad.pdf", mime: "application/pdf", size: 482133, url: `${server.origin}/media/cat.pdf` } }, "Mateo Ruiz");
    server.say("agent", { type: "image", text: "Así queda el empaque", media: { file: "g", name: "e.svg", mime: "image/svg+xml", width: 432, height: 272, url: `${server.origin}/media/empaque.svg` } }, "Mateo Ruiz");
    server.tell({ t: "read", seq: 99 });
    server.tell({ t: "typing", who: "agent", name: "Mateo Ruiz", on: true });
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${out}/${device}-${scheme}-${lang}-3.png` });
    await widget.panel.getByRole("button", { name: "Ver ciudades" }).click();
    await page.waitForTimeout(200);
    await page.screenshot({ path: `${out}/${device}-${scheme}-${lang}-4.png` });
  });
}
