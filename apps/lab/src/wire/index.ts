export { makeReader, type Reader } from './reader.ts';
export { connectWire, type WireClient, WireError } from './wire-client.ts';
