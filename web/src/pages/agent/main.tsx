import { showPage } from '../../look/page.tsx';
import { agentWords } from '../../words/agent.ts';
import { App } from './app.tsx';
import './agent.css';

void showPage(agentWords, <App />);
