'use client';

import { AddContactDialog } from '../contacts/add-contact-dialog.tsx';
import { PersonDialog } from '../contacts/person-dialog.tsx';
import { LeaveGroupDialog } from '../conversation/leave-group-dialog.tsx';
import { MessageDetails } from '../details/message-details.tsx';
import { ForwardDialog } from '../forward/forward-dialog.tsx';
import { GroupTaskDialog } from '../groups/group-task-dialog.tsx';
import { KeySheet } from '../keys/key-sheet.tsx';
import { MessageDialog } from '../message-life/message-dialog.tsx';
import { TakeAwayDialog } from '../own-settings/take-away-dialog.tsx';
import { NewChatDialog } from '../people/new-chat-dialog.tsx';
import { NewGroupDialog } from '../people/new-group-dialog.tsx';
import { SignOutDialog } from '../session/sign-out-dialog.tsx';
import { QuickSwitcher } from '../switcher/quick-switcher.tsx';
import { useUi } from './ui-store.ts';

/** What lies over the chat; one at a time, loaded apart from it. */
function Layers() {
  const layer = useUi((state) => state.layer);
  switch (layer) {
    case 'switcher':
      return <QuickSwitcher />;
    case 'newChat':
      return <NewChatDialog />;
    case 'newGroup':
      return <NewGroupDialog />;
    case 'keys':
      return <KeySheet />;
    case 'signOut':
      return <SignOutDialog />;
    case 'leaveGroup':
      return <LeaveGroupDialog />;
    case 'addContact':
      return <AddContactDialog />;
    case 'person':
      return <PersonDialog />;
    case 'takeAway':
      return <TakeAwayDialog />;
    case 'groupTask':
      return <GroupTaskDialog />;
    case 'message':
      return <MessageDialog />;
    case 'forward':
      return <ForwardDialog />;
    case 'messageDetails':
      return <MessageDetails />;
    default:
      return null;
  }
}

export default Layers;
