import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";
import { ready } from "./i18n";

await ready;
afterEach(cleanup);
