import * as limits from '../limits.ts';
import type { CustomContent } from './custom.ts';

// Apart from the schemas, so that a browser does not carry the validator.

/** What we use of a Standard Schema, which the schemas of zod, valibot, arktype and others are. */
export interface DataSchema<Data> {
  readonly '~standard': {
    validate(value: unknown): DataVerdict<Data> | Promise<DataVerdict<Data>>;
    readonly types?: { readonly input: unknown; readonly output: Data } | undefined;
  };
}
type DataVerdict<Data> =
  | { readonly value: Data; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
      }[];
    };

/** A kind of content of a developer's own. */
export interface CustomKind<Data extends object = object> {
  /** Like `acme.poll`: lower case, the product's name first. */
  readonly name: string;
  readonly schema: DataSchema<Data>;
  /** It as one line of text. */
  // A method, so that kinds of any data can stand in one list.
  toText(data: Data): string;
}

/** Declares a kind: give it to the server (`CUSTOM_KINDS`), and to {@link customContent} and {@link readCustom} in clients. */
export function defineCustomKind<Data extends object>(kind: CustomKind<Data>): CustomKind<Data> {
  return kind;
}

/** A content of a declared kind, ready to send. The types say what belongs into it; the server checks it. */
export function customContent<Data extends object>(kind: CustomKind<Data>, data: Data): CustomContent {
  const fallback = [...kind.toText(data).replace(/\s+/g, ' ')].slice(0, limits.customFallbackMaxChars).join('');
  return { type: 'custom', kind: kind.name, data: { ...data } as CustomContent['data'], fallback };
}

/** The data of a content if it is of this kind and its schema accepts it (an older or newer version may have sent other data). */
export function readCustom<Data extends object>(kind: CustomKind<Data>, content: { type: string }): Data | undefined {
  if (content.type !== 'custom' || (content as CustomContent).kind !== kind.name) return undefined;
  const verdict = kind.schema['~standard'].validate((content as CustomContent).data);
  return verdict instanceof Promise || verdict.issues !== undefined ? undefined : verdict.value;
}

/** What is wrong with data of a kind: the path of the first fault and its words; null when nothing is. */
export function customFault(kind: CustomKind, data: unknown): { path: string; message: string } | null {
  const verdict = kind.schema['~standard'].validate(data);
  // A schema that answers later could wait for anything; a send must not.
  if (verdict instanceof Promise) return { path: '', message: `the schema of ${kind.name} does not answer at once` };
  const [issue] = verdict.issues ?? [];
  if (issue === undefined) return null;
  const keys = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  return { path: keys.join('.'), message: issue.message };
}
