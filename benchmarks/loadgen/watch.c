/* CPU time of the processes under test, to the nanosecond: the first number of each thread's schedstat. */
#include "load.h"

#include <dirent.h>
#include <stdio.h>

static uint64_t thread_ns(pid_t pid, const char *thread)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
    FILE *file = fopen(path, "r");
    unsigned long long time = 0;
    if (file) {
        if (fscanf(file, "%llu", &time) != 1)
            time = 0;
        fclose(file);
    }
    return time;
}

uint64_t watched_cpu_ns(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < options.watched_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/task", options.watched[i]);
        DIR *folder = opendir(path);
        if (!folder)
            continue;
        struct dirent *entry;
        while ((entry = readdir(folder)))
            if (entry->d_name[0] != '.')
                sum += thread_ns(options.watched[i], entry->d_name);
        closedir(folder);
    }
    return sum;
}
