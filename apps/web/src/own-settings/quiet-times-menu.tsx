'use client';

import { Menu } from '@base-ui/react/menu';
import { useChatClient } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { attempt } from './action-trouble.ts';
import { quietTimes } from './quiet-times.ts';

/** How long to mute a chat, and in a group whether mentions still notify. */
export function QuietTimesMenu({ conversation }: { conversation: ConversationView }) {
  const client = useChatClient();
  const { id, kind, me } = conversation;
  const [mentions, setMentions] = useState(me.muted?.mode === 'mentions');
  return (
    <>
      {kind === 'group' ? (
        <>
          <Menu.CheckboxItem checked={mentions} onCheckedChange={setMentions} closeOnClick={false} className="menu-item">
            <span className="flex-1">Still notify of mentions</span>
            <Check size={16} aria-hidden="true" className={mentions ? '' : 'invisible'} />
          </Menu.CheckboxItem>
          <Menu.Separator className="menu-line" />
        </>
      ) : null}
      {quietTimes.map((time) => (
        <Menu.Item
          key={time.id}
          className="menu-item"
          onClick={() => {
            const mode = mentions ? 'mentions' : 'nothing';
            void attempt(client.conversations.mute(id, { mode, untilAt: time.untilAt(Date.now()) }));
          }}
        >
          {time.label}
        </Menu.Item>
      ))}
    </>
  );
}
