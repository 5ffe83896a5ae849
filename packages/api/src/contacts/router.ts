import {
  contactIdInput,
  listContactRequestsInput,
  listContactsInput,
  requestContactInput,
  respondContactInput,
  updateContactInput,
} from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { blockUser } from './block-user.ts';
import { cancelRequest } from './cancel-request.ts';
import { listBlocks, listContactRequests, listContacts } from './list-contacts.ts';
import { removeContact } from './remove-contact.ts';
import { requestContact } from './request-contact.ts';
import { respondContact } from './respond-contact.ts';
import { unblockUser } from './unblock-user.ts';
import { updateContact } from './update-contact.ts';

export const contactsRouter = router({
  list: userProcedure.input(listContactsInput).query(({ ctx, input }) => listContacts(ctx, input)),
  request: userProcedure.input(requestContactInput).mutation(({ ctx, input }) => requestContact(ctx, input)),
  respond: userProcedure.input(respondContactInput).mutation(({ ctx, input }) => respondContact(ctx, input)),
  requests: userProcedure.input(listContactRequestsInput).query(({ ctx, input }) => listContactRequests(ctx, input)),
  cancelRequest: userProcedure.input(contactIdInput).mutation(({ ctx, input }) => cancelRequest(ctx, input)),
  remove: userProcedure.input(contactIdInput).mutation(({ ctx, input }) => removeContact(ctx, input)),
  update: userProcedure.input(updateContactInput).mutation(({ ctx, input }) => updateContact(ctx, input)),
  block: userProcedure.input(contactIdInput).mutation(({ ctx, input }) => blockUser(ctx, input)),
  unblock: userProcedure.input(contactIdInput).mutation(({ ctx, input }) => unblockUser(ctx, input)),
  blocks: userProcedure.input(listContactsInput).query(({ ctx, input }) => listBlocks(ctx, input)),
});
