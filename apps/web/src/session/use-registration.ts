import { useEffect, useState } from 'react';
import { useSession } from './session-provider.tsx';

/** Whether people may make accounts here themselves. True until the server says otherwise: most do let them. */
export function useRegistrationOpen(): boolean {
  const { client } = useSession();
  const [open, setOpen] = useState(true);
  useEffect(() => {
    let current = true;
    client?.auth.options().then(
      ({ registrationOpen }) => current && setOpen(registrationOpen),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [client]);
  return open;
}
