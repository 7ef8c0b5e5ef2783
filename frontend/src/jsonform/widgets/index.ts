/** The widgets, by the names of formats and of the schema's `widget`; and rjsf's names for its defaults. */
import type { RegistryWidgetsType } from "@rjsf/utils";
import { Checkbox, Checkboxes, Radio, Select } from "./choice";
import { Color, DateTime, Day, Range, Time } from "./pick";
import { Hidden, Password, Text, Textarea } from "./text";

export const WIDGETS: RegistryWidgetsType = {
  text: Text,
  textarea: Textarea,
  password: Password,
  hidden: Hidden,
  email: Text,
  uri: Text,
  checkbox: Checkbox,
  checkboxes: Checkboxes,
  select: Select,
  radio: Radio,
  range: Range,
  color: Color,
  date: Day,
  time: Time,
  "date-time": DateTime,
};
