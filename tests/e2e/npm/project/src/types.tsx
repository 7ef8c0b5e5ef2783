/** What the types allow, and what they do not. */
import { Client, FileInput, Library, Refusal, type Texts, upload, uploadTo, useUpload } from "@safelight/react";
import { fileWidgets } from "@safelight/react/rjsf";
import german from "@safelight/react/texts/de";

interface Profile {
  id: number;
  profile_image_url: string;
}

const client = new Client({ url: "/files/", headers: () => ({ Authorization: "Bearer x" }) });
export const widgets = fileWidgets(client, { texts: german });
export const german_: Partial<Texts> = german;

export async function send(file: File): Promise<string> {
  try {
    const { body } = await upload<Profile>(file, { url: "/user/1/image", field: "profile_image", method: "PUT" });
    // @ts-expect-error: a profile has none
    body.nothing;
    return body.profile_image_url;
  } catch (error) {
    return error instanceof Refusal ? `${error.code}: ${error.message}` : "";
  }
}

export async function files(): Promise<(string | null | undefined)[]> {
  const { items, next } = await client.list({ q: "me" });
  if (next) await client.list(next, new AbortController().signal);
  const removal = await client.remove(items[0]?.value ?? "");
  if (!removal.isDone) return removal.places.map(({ text }) => text);
  const { body } = await client.upload(new File([], "me.jpg"));
  return [body.value, body.url, body.thumbnail, ...items.map((item) => item.url)];
}

export function Own() {
  const { state, choose, send, cancel } = useUpload(uploadTo<Profile>({ url: "/", field: "image" }), {
    onStored: ({ body }) => body.id.toFixed(),
  });
  if (state.kind === "stored") return <img src={state.answer.body.profile_image_url} alt="" />;
  if (state.kind === "sending") return <button type="button" value={state.fraction} onClick={cancel} />;
  if (state.kind === "chosen") return <button type="button" onClick={() => send(state.file)} />;
  return <input type="file" onChange={({ target }) => target.files?.[0] && choose(target.files[0])} />;
}

export function Typed() {
  return (
    <>
      <FileInput label="A" send={client.upload} onStored={({ body }) => body.value.trim()} />
      <FileInput
        label="B"
        send={uploadTo<Profile>({ url: "/", field: "b" })}
        onStored={({ body }) => body.id.toFixed()}
      />
      {/* @ts-expect-error: a label is missing */}
      <FileInput send={client.upload} />
      {/* @ts-expect-error: there is no such method to send by */}
      <FileInput label="C" send={uploadTo({ url: "/", field: "c", method: "GET" })} />
      <Library source={client} onChoose={({ value, url }) => [value, url]} onClose={() => {}} />
    </>
  );
}
