import type { AuthOptions } from '@nexo/shared';
import { useEffect, useState } from 'react';
import { useSession } from './session-provider.tsx';

/** What most servers say: it is shown until this one says otherwise. */
const usual: AuthOptions = { registrationOpen: true, ownAccount: true };

/** How one gets in here, and by what kind of account one did. */
export function useAuthOptions(): AuthOptions {
  const { client } = useSession();
  const [options, setOptions] = useState(usual);
  useEffect(() => {
    let current = true;
    client?.auth.options().then(
      (answer) => current && setOptions(answer),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [client]);
  return options;
}
