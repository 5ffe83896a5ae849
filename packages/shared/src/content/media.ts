import * as z from 'zod/mini';
import * as limits from '../limits.ts';
import { oneLine, storable, visible } from '../text.ts';

// What the kinds that point at a file have in common. The file itself is elsewhere: a message carries where, and what a view must
// know to keep its place before it has come.

/** Where a file is: an address of the web, or a path on this server. */
export const mediaAddressSchema = z
  .string()
  .check(
    z.maxLength(limits.mediaAddressMaxChars),
    z.regex(/^(https?:\/\/[^\s/\\]|\/(?![/\\]))[^\s\\]*$/, 'an http(s) address or a path'),
    storable,
  );

/** Bytes. */
export const sizeSchema = z.int().check(z.minimum(0));
/** Pixels, as it is to be shown. */
export const pixelsSchema = z.int().check(z.minimum(1), z.maximum(limits.mediaMaxPixels));
export const durationMsSchema = z.int().check(z.minimum(0), z.maximum(limits.mediaMaxDurationMs));
export const mediaTypeSchema = z
  .string()
  .check(z.maxLength(100), z.regex(/^[\w.+-]+\/[\w.+-]+$/, 'a media type such as image/png'));
/** A picture of some thirty bytes, in base64, to be shown until the real one is there. */
export const thumbhashSchema = z.string().check(z.maxLength(80), z.regex(/^[A-Za-z0-9+/]+={0,2}$/, 'base64'));
export const fileNameSchema = z.string().check(z.minLength(1), z.maxLength(limits.fileNameMaxChars), oneLine);
export const captionSchema = z.string().check(z.maxLength(limits.captionMaxChars), visible, storable);
