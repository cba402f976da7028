"""The reference teams: pipelines of scikit-learn that make a task's leaderboard. Nothing of it is for scripts."""
