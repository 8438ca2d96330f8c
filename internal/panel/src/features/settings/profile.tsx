import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { LANGUAGES, setLanguage } from "@/i18n";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { meQuery, useMe } from "@/lib/api/queries";
import { setHotkeys, useHotkeysEnabled } from "@/lib/hotkeys";
import { setTheme, THEMES } from "@/lib/theme";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Checkbox, Field, FormError, Input, Select } from "@/ui/field";
import { Card } from "@/ui/page";
import { say } from "@/ui/toast";

/** The person's own name and preferences. */
export default function Profile() {
  const { t } = useTranslation(["settings", "common"]);
  const qc = useQueryClient();
  const { user } = useMe();
  const keys = useHotkeysEnabled();
  const schema = z.object({
    name: z.string().trim().min(1, t("form.required")).max(120),
    language: z.enum(LANGUAGES),
    theme: z.enum(THEMES),
  });
  const form = useForm({
    resolver: zodResolver(schema),
    values: { name: user.name, language: user.language, theme: user.theme },
  });
  const { errors, isSubmitting, isDirty } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      const me = await ok(client.PATCH("/api/v1/me", { body }));
      await setLanguage(body.language);
      setTheme(body.theme);
      qc.setQueryData(meQuery.queryKey, me);
      say(t("common:saved"));
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });
  return (
    <div className="grid max-w-[40rem] gap-4">
      <Card title={t("section.profile")}>
        <form onSubmit={submit} noValidate className="grid gap-4">
          <FormError message={errors.root?.message} />
          <Field label={t("profile.name")} error={errors.name?.message} hint={t("profile.nameHint")}>
            <Input autoComplete="name" {...form.register("name")} />
          </Field>
          <Field label={t("profile.email")}>
            <Input type="email" value={user.email} readOnly />
          </Field>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={t("common:language.title")}>
              <Select {...form.register("language")}>
                {LANGUAGES.map((one) => (
                  <option key={one} value={one}>
                    {t(`common:language.${one}`)}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label={t("common:theme.title")}>
              <Select {...form.register("theme")}>
                {THEMES.map((one) => (
                  <option key={one} value={one}>
                    {t(`common:theme.${one}`)}
                  </option>
                ))}
              </Select>
            </Field>
          </div>
          <Button
            type="submit"
            variant="primary"
            className="justify-self-start"
            busy={isSubmitting}
            disabled={!isDirty}
          >
            {t("common:save")}
          </Button>
        </form>
      </Card>
      <Card title={t("profile.device")} lead={t("profile.deviceLead")}>
        <Checkbox
          label={t("profile.keys")}
          hint={t("profile.keysHint")}
          checked={keys}
          onChange={(e) => setHotkeys(e.target.checked)}
        />
      </Card>
    </div>
  );
}
