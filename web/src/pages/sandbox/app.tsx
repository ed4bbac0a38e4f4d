import { curl } from '../../line/curl.ts';
import { useServerAway } from '../../line/use-server-away.ts';
import { Card } from '../../look/card.tsx';
import { CodeBlock } from '../../look/code-block.tsx';
import { ErrorBox } from '../../look/error-box.tsx';
import { Frame } from '../../look/frame.tsx';
import { Heading } from '../../look/heading.tsx';
import { Loading } from '../../look/loading.tsx';
import { useTitle } from '../../look/page.tsx';
import { Table } from '../../look/table.tsx';
import { useSandboxWords } from '../../words/sandbox.ts';
import { type Carrier, useCarrier } from './use-carrier.ts';

/** `/sandbox`: what the numbers of the carrier in the box do. */
export function App() {
  const words = useSandboxWords();
  const away = useServerAway();
  const { carrier, again } = useCarrier();
  useTitle(words.title);
  return (
    <Frame here={null} away={away}>
      <div className="numbers">
        <Heading text={words.title} />
        <p className="lead">{words.lead}</p>
        {carrier === null ? (
          <Loading />
        ) : carrier === 'failed' ? (
          <ErrorBox text={words.failed} onAgain={again} />
        ) : carrier === 'off' ? (
          <Card title={words.off}>
            <p className="soft">{words.offHint}</p>
          </Card>
        ) : (
          <Numbers carrier={carrier} />
        )}
        <p className="further">
          <a href="/">{words.tryIt}</a>
          <a href="/docs/guide/sandbox.md">{words.guide}</a>
        </p>
      </div>
    </Frame>
  );
}

function Numbers({ carrier }: { readonly carrier: Carrier }) {
  const words = useSandboxWords();
  const { path, body } = carrier.example;
  return (
    <>
      <p className="facts">
        <span className="lamp good" aria-hidden="true" />
        <span>
          {words.runsAt} <code>{carrier.uri}</code>
        </span>
      </p>
      <Table
        caption={words.title}
        rows={carrier.numbers}
        keyOf={({ number }) => number}
        empty={null}
        columns={[
          { key: 'number', title: words.number, cell: ({ number }) => <code>{number}</code> },
          { key: 'does', title: words.does, cell: ({ number, does }) => words.sandboxDoes(number) ?? does },
        ]}
      />
      <p className="hint">{words.digits}</p>
      <Card title={words.invite}>
        <CodeBlock label={words.request} text={curl(path, body, ['-H "Authorization: Bearer $TOKEN"'])} />
        <p className="hint">{words.tokenFrom}</p>
      </Card>
    </>
  );
}
