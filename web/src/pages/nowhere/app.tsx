import { useServerAway } from '../../line/use-server-away.ts';
import { Card } from '../../look/card.tsx';
import { Frame } from '../../look/frame.tsx';
import { Heading } from '../../look/heading.tsx';
import { useTitle } from '../../look/page.tsx';
import { useNowhereWords } from '../../words/nowhere.ts';

/** More is not read by anybody. */
const longestShown = 120;

/** There is nothing at the address that was asked for: said, with the ways on. */
export function App() {
  const words = useNowhereWords();
  const away = useServerAway();
  useTitle(words.title);
  const asked = window.location.pathname;
  const ways = [
    ['/', words.toStart],
    ['/meet', words.toMeeting],
    ['/agent', words.toAgent],
    ['/console', words.toConsole],
    ['/docs', words.toDocs],
    ['/docs/guide/', words.toGuide],
  ] as const;
  return (
    <Frame here={null} away={away}>
      <div className="nowhere">
        <Heading text={words.title} />
        <p className="soft">{words.lead}</p>
        <p>
          {words.asked} <code>{asked.length > longestShown ? `${asked.slice(0, longestShown)}…` : asked}</code>
        </p>
        <Card title={words.ways}>
          <ul className="ways">
            {ways.map(([path, text]) => (
              <li key={path}>
                <a href={path}>{text}</a> <code className="soft">{path}</code>
              </li>
            ))}
          </ul>
        </Card>
      </div>
    </Frame>
  );
}
