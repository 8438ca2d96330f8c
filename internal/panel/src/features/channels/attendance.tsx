import { Controller, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Checkbox, Field, Textarea } from "@/ui/field";
import { OwnHours } from "@/ui/hours";
import { Card } from "@/ui/page";
import type { ChannelForm } from "./schema";

export function Attendance() {
  const { t } = useTranslation(["channels", "common"]);
  const { register, control, formState } = useFormContext<ChannelForm>();
  return (
    <Card title={t("attendance.title")} lead={t("attendance.lead")}>
      <div className="grid gap-4">
        <Controller
          control={control}
          name="settings.hours"
          render={({ field }) => (
            <OwnHours value={field.value} onChange={(hours) => field.onChange(hours ?? undefined)} />
          )}
        />
        <Field label={t("attendance.away")} error={formState.errors.settings?.away_text?.message}>
          <Textarea {...register("settings.away_text")} />
        </Field>
        <Checkbox
          label={t("attendance.leave")}
          hint={t("attendance.leaveHint")}
          {...register("settings.leave_message")}
        />
      </div>
    </Card>
  );
}
