/** Somebody who can sign in. */
export interface Person {
  name: string;
  email: string;
  password: string;
}

export const password = "aurora-demo-2026";

const person = (name: string, email: string): Person => ({ name, email: `${email}@tiendaaurora.example`, password });

/** The people of the demo company. They work in Spanish. */
export const people = {
  lucia: person("Lucía Fernández", "lucia"), // owner
  mateo: person("Mateo Rojas", "mateo"), // agent
  valentina: person("Valentina Ospina", "valentina"), // agent
  contador: person("Andrés Quiroga", "contador"), // may only read
};

/** Added by e2e/server.ts: an administrator who works in English. */
export const elena = person("Elena Prieto", "elena");
