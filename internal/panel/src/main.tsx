import "./styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { createAppRouter } from "./app/router";
import { ready } from "./i18n";
import { newQueryClient } from "./lib/api/queries";

// A page that comes back from the browser's memory may be of a session that has ended since.
addEventListener("pageshow", (e) => e.persisted && location.reload());

const qc = newQueryClient();
const router = createAppRouter(qc);

void ready.then(() =>
  createRoot(document.getElementById("root") as HTMLElement).render(
    <QueryClientProvider client={qc}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  ),
);
