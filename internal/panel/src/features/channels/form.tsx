import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { useAllowed } from "@/lib/api/queries";
import type { Channel } from "@/lib/api/types";
import { FormError } from "@/ui/field";
import { SaveBar } from "@/ui/save-bar";
import { Tab, TabList, TabPanel, Tabs } from "@/ui/tabs";
import { say } from "@/ui/toast";
import { Appearance } from "./appearance";
import { Attendance } from "./attendance";
import { Install } from "./install";
import { Prechat } from "./prechat";
import { Preview } from "./preview";
import { putChannel } from "./queries";
import { Safety } from "./safety";
import { type ChannelForm, channelSchema, valuesOf } from "./schema";

const TABS = ["install", "appearance", "prechat", "attendance", "safety"] as const;
type Place = (typeof TABS)[number];

// Where each field lives, so that a refused save opens the tab with the mistake.
const place: Record<keyof ChannelForm["settings"], Place> = {
  title: "appearance",
  subtitle: "appearance",
  greeting: "appearance",
  launcher: "appearance",
  color: "appearance",
  position: "appearance",
  theme: "appearance",
  radius: "appearance",
  language: "appearance",
  quick_replies: "appearance",
  sound: "appearance",
  custom_css: "appearance",
  proactive: "appearance",
  prechat: "prechat",
  consent_text: "prechat",
  hours: "attendance",
  away_text: "attendance",
  leave_message: "attendance",
  allowed_origins: "safety",
  limits: "safety",
  require_identity: "safety",
};

/** A web chat's settings, with how it will look beside them. One save for all the tabs. */
export default function SettingsForm({ channel }: { channel: Channel }) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("channels", "write");
  const [tab, setTab] = useState<Place>("install");
  const schema = channelSchema({ required: t("form.required"), color: t("form.color"), origin: t("form.origin") });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: valuesOf(channel) });
  const { errors, isSubmitting, isDirty } = form.formState;
  useEffect(() => {
    if (!form.formState.isDirty) form.reset(valuesOf(channel));
  }, [channel, form]);

  const submit = form.handleSubmit(
    async ({ name, bot_id, settings }) => {
      try {
        const now = await ok(
          client.PATCH("/api/v1/channels/{id}", {
            params: { path: { id: channel.id } },
            // What is named stays as it was, so what was taken away is named too.
            body: {
              name,
              bot_id,
              settings: { ...settings, hours: settings.hours ?? null, proactive: settings.proactive ?? null },
            },
          }),
        );
        form.reset(valuesOf(now));
        putChannel(qc, now);
        say(t("common:saved"));
      } catch (error) {
        const known = ["name", "bot_id", ...Object.keys(settings).map((key) => `settings.${key}`)];
        showProblem(Problem.from(error), form.setError, known);
        openFirst(form.formState.errors);
      }
    },
    (wrong) => openFirst(wrong),
  );
  const openFirst = (wrong: typeof errors) => {
    const field = Object.keys(wrong.settings ?? {})[0] as keyof typeof place | undefined;
    if (field) setTab(place[field]);
    else if (wrong.name || wrong.bot_id) setTab("appearance");
  };

  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate>
        <Tabs value={tab} onValueChange={(v) => setTab(v as Place)}>
          <TabList aria-label={t("tabs")}>
            {TABS.map((one) => (
              <Tab key={one} value={one}>
                {t(`tab.${one}`)}
              </Tab>
            ))}
          </TabList>
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 pt-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
            <fieldset disabled={!may} className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
              <FormError message={errors.root?.message} />
              <TabPanel value="install" className="grid gap-4">
                <Install channel={channel} />
              </TabPanel>
              <TabPanel value="appearance" className="grid gap-4">
                <Appearance />
              </TabPanel>
              <TabPanel value="prechat">
                <Prechat />
              </TabPanel>
              <TabPanel value="attendance">
                <Attendance />
              </TabPanel>
              <TabPanel value="safety" className="grid gap-4">
                <Safety channel={channel} />
              </TabPanel>
              <SaveBar dirty={isDirty} busy={isSubmitting} onReset={() => form.reset()} />
            </fieldset>
            <Preview form={tab === "prechat"} />
          </div>
        </Tabs>
      </form>
    </FormProvider>
  );
}
