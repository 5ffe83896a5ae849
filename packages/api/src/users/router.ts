import { getUsersInput, searchUsersInput, updateUserInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { getMe } from './get-me.ts';
import { getUsers } from './get-users.ts';
import { searchUsers } from './search-users.ts';
import { updateUser } from './update-user.ts';

export const usersRouter = router({
  me: userProcedure.query(({ ctx }) => getMe(ctx)),
  get: userProcedure.input(getUsersInput).query(({ ctx, input }) => getUsers(ctx, input)),
  update: userProcedure.input(updateUserInput).mutation(({ ctx, input }) => updateUser(ctx, input)),
  search: userProcedure.input(searchUsersInput).query(({ ctx, input }) => searchUsers(ctx, input)),
});
