import { z } from "zod";

// The panel's CSP forbids eval; without this zod probes for it and the browser reports a violation.
z.config({ jitless: true });

export { z };
