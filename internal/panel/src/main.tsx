import "./styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { createAppRouter } from "./app/router";
import { ready } from "./i18n";
import { newQueryClient } from "./lib/api/queries";

const qc = newQueryClient();
const router = createAppRouter(qc);

void ready.then(() =>
  createRoot(document.getElementById("root") as HTMLElement).render(
    <QueryClientProvider client={qc}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  ),
);
