/** Thrown by `acknowledged` when a message will never be sent. */
export class NotSent extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'NotSent';
    this.code = code;
  }
}
