import type { MessageView, MyMembership, MyUserView, PinView } from '@nexo/shared';
import type { VirtualTime } from './virtual-time.ts';

export interface ModelMember {
  role: 'owner' | 'member';
  readSeq: number;
  readCountable: number;
  visible: { from: number; to: number | null }[];
  userChange: number;
  joinedAt: number;
  hiddenSeq?: number;
  leftAt?: number;
  leftChange: number;
  /** The conversation's change that last touched what others see of it. */
  change: number;
  /** What they could read when they left, as it was then; only while they are away. */
  keptMessages?: MessageView[];
  /** Seqs that they removed from their own view, each with the private change that did it. */
  removed: Map<number, number>;
  /** What they have settled for themselves. */
  own?: Partial<MyMembership>;
}

export interface ModelConversation {
  id: string;
  kind: 'direct' | 'group' | 'self';
  name: string;
  groupChange: number;
  change: number;
  countable: number;
  messages: MessageView[];
  members: Map<string, ModelMember>;
  createdAt: number;
  pins: PinView[];
  pinsChange: number;
}

export interface ModelSession {
  id: string;
  userId: string;
  accessToken: string;
  refreshToken: string;
}

/** All that the model server keeps. */
export interface ModelData {
  readonly time: VirtualTime;
  readonly users: Map<string, MyUserView>;
  readonly sessions: Set<ModelSession>;
  /** The last private change of each person. */
  userChanges: Map<string, number>;
  conversations: Map<string, ModelConversation>;
  epoch: string;
}
