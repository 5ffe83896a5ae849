'use client';

import { Component, type ErrorInfo, type ReactNode } from 'react';

interface Props {
  children: ReactNode;
  /** What stands in the place of what crashed; `again` tries once more. */
  fallback: (error: Error, again: () => void) => ReactNode;
  /** A crash is forgotten when this changes. */
  resetKey?: unknown;
}

/** Keeps a crash where it happened: a row, a pane. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(previous: Props) {
    if (this.state.error !== null && previous.resetKey !== this.props.resetKey) this.again();
  }

  override componentDidCatch(error: unknown, info: ErrorInfo) {
    reportError(error instanceof Error ? error : new Error(`${String(error)}${info.componentStack ?? ''}`));
  }

  again = () => this.setState({ error: null });

  override render() {
    return this.state.error === null ? this.props.children : this.props.fallback(this.state.error, this.again);
  }
}
