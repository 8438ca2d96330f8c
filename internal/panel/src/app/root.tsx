import { Outlet } from "@tanstack/react-router";
import { Suspense } from "react";
import { Toasts } from "@/ui/toast";
import { TooltipProvider } from "@/ui/tooltip";
import { Pending } from "./fallbacks";

export function Root() {
  return (
    <TooltipProvider delayDuration={400}>
      <Suspense fallback={<Pending />}>
        <Outlet />
      </Suspense>
      <Toasts />
    </TooltipProvider>
  );
}
