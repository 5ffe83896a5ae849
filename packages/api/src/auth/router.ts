import {
  changePasswordInput,
  confirmedInput,
  loginInput,
  redeemInput,
  refreshInput,
  registerInput,
  revokeSessionInput,
} from '@nexo/shared';
import { publicProcedure, router, userProcedure } from '../trpc.ts';
import { changePassword } from './change-password.ts';
import { getOptions } from './get-options.ts';
import { listSessions } from './list-sessions.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { logoutAll } from './logout-all.ts';
import { logoutOthers } from './logout-others.ts';
import { redeemTicket } from './redeem-ticket.ts';
import { refresh } from './refresh.ts';
import { register } from './register.ts';
import { revokeSession } from './revoke-session.ts';

export const authRouter = router({
  options: publicProcedure.query(({ ctx }) => getOptions(ctx)),
  register: publicProcedure.input(registerInput).mutation(({ ctx, input }) => register(ctx, input)),
  login: publicProcedure.input(loginInput).mutation(({ ctx, input }) => login(ctx, input)),
  redeem: publicProcedure.input(redeemInput).mutation(({ ctx, input }) => redeemTicket(ctx, input)),
  refresh: publicProcedure.input(refreshInput).mutation(({ ctx, input }) => refresh(ctx, input)),
  logout: userProcedure.mutation(({ ctx }) => logout(ctx)),
  logoutAll: userProcedure.input(confirmedInput).mutation(({ ctx, input }) => logoutAll(ctx, input)),
  logoutOthers: userProcedure.input(confirmedInput).mutation(({ ctx, input }) => logoutOthers(ctx, input)),
  sessions: userProcedure.query(({ ctx }) => listSessions(ctx)),
  revokeSession: userProcedure.input(revokeSessionInput).mutation(({ ctx, input }) => revokeSession(ctx, input)),
  changePassword: userProcedure.input(changePasswordInput).mutation(({ ctx, input }) => changePassword(ctx, input)),
});
