import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { createClient } from '../src/index.ts';
import { ChatClientProvider, useChatClient, useConnection, useTotalUnread } from '../src/react/index.ts';

function View() {
  return createElement('p', null, `${useConnection().name} ${useTotalUnread()} ${typeof useChatClient().start}`);
}

it('hooks read the client of the nearest provider, also on a server', () => {
  const client = createClient({ url: 'http://nexo.test' });
  const providerProps = { client, children: createElement(View) };
  const html = renderToString(createElement(ChatClientProvider, providerProps));
  expect(html).toBe('<p>stopped 0 function</p>');
});

it('hooks without a provider say what to do', () => {
  expect(() => renderToString(createElement(View))).toThrow('ChatClientProvider');
});
