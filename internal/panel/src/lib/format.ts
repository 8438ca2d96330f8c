import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "./api/queries";

type When = string | number | Date;

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

// ISO 4217: how many decimals a currency's minor unit stands for, where it is not two. What Intl
// knows is how a currency is shown, which for the peso of Colombia and others is not the same.
const exponents: Record<string, number> = {
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map((code) => [code, 0]),
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3])),
  CLF: 4,
  UYW: 4,
};

const spanish = new Set("AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV US UY VE".split(" "));

/** Spanish as in the currency's country ("es-CO"), because numbers and hours differ between them. */
export function localeOf(language: string, currency: string): string {
  const country = currency.slice(0, 2);
  return language === "es" && spanish.has(country) ? `es-${country}` : language;
}

/** Formats in a language, a currency and a time zone; the company's, in the panel. */
export function formats(lang: string, zone: string, currency: string) {
  const language = localeOf(lang, currency);
  const date = (options: Intl.DateTimeFormatOptions) => {
    const f = new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
    return (at: When) => f.format(new Date(at));
  };
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const relative = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "auto" });
  const long = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const key = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
  const fullDay = date({ weekday: "long", day: "numeric", month: "long" });
  const dayKey = (at: When) => key.format(new Date(at));
  return {
    time: date({ timeStyle: "short" }),
    hour: date({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    date: date({ dateStyle: "medium" }),
    moment: date({ dateStyle: "medium", timeStyle: "short" }),
    /** "2026-11-23" in the company's zone: equal exactly on the same day there. */
    dayKey,
    /** "today", "yesterday", or the day with its month. */
    day(at: When, now: When = Date.now()) {
      const days = Math.round((Date.parse(dayKey(at)) - Date.parse(dayKey(now))) / 86_400_000);
      const text = days > -2 && days <= 0 ? long.format(days, "day") : fullDay(at);
      return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
    },
    /** How long ago, in the largest unit that fits: "5 min ago". */
    ago(at: When, now: When = Date.now()) {
      const seconds = (+new Date(at) - +new Date(now)) / 1000;
      for (const [unit, size] of units)
        if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
      return relative.format(0, "second");
    },
    number: (n: number) => number.format(n),
    percent: (n: number) => percent.format(n),
    /** Bytes as people say them. */
    size(bytes: number) {
      const step = bytes >= 1e6 ? 2 : bytes >= 1e3 ? 1 : 0;
      const unit = (["byte", "kilobyte", "megabyte"] as const)[step];
      return new Intl.NumberFormat(language, {
        style: "unit",
        unit,
        unitDisplay: step ? "short" : "long",
        maximumFractionDigits: step === 2 ? 1 : 0,
      }).format(bytes / 1000 ** step);
    },
    /** A length of time in seconds, in its two largest units: "1 h 5 min". */
    duration(seconds: number) {
      const parts: [number, string][] =
        seconds < 60
          ? [[Math.round(seconds), "second"]]
          : seconds < 3600
            ? [[Math.round(seconds / 60), "minute"]]
            : [
                [Math.floor(seconds / 3600), "hour"],
                [Math.round((seconds % 3600) / 60), "minute"],
              ];
      return parts
        .map(([n, unit]) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(n))
        .join(" ");
    },
    /** Money in the currency's minor unit (cents; pesos where there are none). */
    money(minor: number, code = currency) {
      const currencyDisplay = code === currency ? "narrowSymbol" : "symbol";
      const f = new Intl.NumberFormat(language, { style: "currency", currency: code, currencyDisplay });
      return f.format(minor / 10 ** (exponents[code] ?? 2));
    },
  };
}

export type Formats = ReturnType<typeof formats>;

export function useFormat(): Formats {
  const { i18n } = useTranslation();
  const { company } = useMe();
  return useMemo(
    () => formats(i18n.language, company.time_zone, company.currency),
    [i18n.language, company.time_zone, company.currency],
  );
}
